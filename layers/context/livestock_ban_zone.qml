<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis maxScale="0" version="3.22.0" hasScaleBasedVisibilityFlag="1" simplifyAlgorithm="0" simplifyDrawingHints="1" styleCategories="Symbology|Labeling|Rendering" minScale="300000" simplifyDrawingTol="1" simplifyLocal="1" labelsEnabled="0" simplifyMaxScale="1" symbologyReferenceScale="-1">
 <renderer-v2 attr="zone_kind" symbollevels="0" enableorderby="0" forceraster="0" type="categorizedSymbol" referencescale="-1">
  <categories>
   <category symbol="0" value="ban" label="禁养区" render="true" />
   <category symbol="1" value="limit" label="限养区" render="true" />
   <category symbol="2" value="suitable" label="适养区" render="true" />
  </categories>
  <symbols>
   <symbol force_rhr="0" alpha="1" type="fill" name="0" clip_to_extent="1">
    <layer enabled="1" class="SimpleFill" locked="0" pass="0">
     <Option type="Map">
      <Option value="176,112,60,36" type="QString" name="color" />
      <Option value="round" type="QString" name="joinstyle" />
      <Option value="0,0" type="QString" name="offset" />
      <Option value="MM" type="QString" name="offset_unit" />
      <Option value="122,69,24,255" type="QString" name="outline_color" />
      <Option value="dash" type="QString" name="outline_style" />
      <Option value="0.5" type="QString" name="outline_width" />
      <Option value="MM" type="QString" name="outline_width_unit" />
      <Option value="solid" type="QString" name="style" />
     </Option>
    </layer>
   </symbol>
   <symbol force_rhr="0" alpha="1" type="fill" name="1" clip_to_extent="1">
    <layer enabled="1" class="SimpleFill" locked="0" pass="0">
     <Option type="Map">
      <Option value="216,176,136,31" type="QString" name="color" />
      <Option value="round" type="QString" name="joinstyle" />
      <Option value="0,0" type="QString" name="offset" />
      <Option value="MM" type="QString" name="offset_unit" />
      <Option value="168,116,60,255" type="QString" name="outline_color" />
      <Option value="dash" type="QString" name="outline_style" />
      <Option value="0.4" type="QString" name="outline_width" />
      <Option value="MM" type="QString" name="outline_width_unit" />
      <Option value="solid" type="QString" name="style" />
     </Option>
    </layer>
   </symbol>
   <symbol force_rhr="0" alpha="1" type="fill" name="2" clip_to_extent="1">
    <layer enabled="1" class="SimpleFill" locked="0" pass="0">
     <Option type="Map">
      <Option value="232,220,200,31" type="QString" name="color" />
      <Option value="round" type="QString" name="joinstyle" />
      <Option value="0,0" type="QString" name="offset" />
      <Option value="MM" type="QString" name="offset_unit" />
      <Option value="184,160,128,255" type="QString" name="outline_color" />
      <Option value="dot" type="QString" name="outline_style" />
      <Option value="0.3" type="QString" name="outline_width" />
      <Option value="MM" type="QString" name="outline_width_unit" />
      <Option value="solid" type="QString" name="style" />
     </Option>
    </layer>
   </symbol>
  </symbols>
 </renderer-v2>
 <blendMode>0</blendMode>
 <featureBlendMode>0</featureBlendMode>
 <layerOpacity>1</layerOpacity>
 <layerGeometryType>2</layerGeometryType>
</qgis>
