<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis maxScale="0" version="3.22.0" hasScaleBasedVisibilityFlag="0" simplifyAlgorithm="0" simplifyDrawingHints="1" styleCategories="Symbology|Labeling|Rendering" minScale="100000000" simplifyDrawingTol="1" simplifyLocal="1" labelsEnabled="1" simplifyMaxScale="1" symbologyReferenceScale="-1">
 <renderer-v2 symbollevels="0" enableorderby="0" forceraster="0" type="singleSymbol" referencescale="-1">
  <symbols>
   <symbol force_rhr="0" alpha="1" type="fill" name="0" clip_to_extent="1">
    <layer enabled="1" class="SimpleFill" locked="0" pass="0">
     <Option type="Map">
      <Option value="65,171,93,26" type="QString" name="color" />
      <Option value="round" type="QString" name="joinstyle" />
      <Option value="0,0" type="QString" name="offset" />
      <Option value="MM" type="QString" name="offset_unit" />
      <Option value="215,48,31,255" type="QString" name="outline_color" />
      <Option value="solid" type="QString" name="outline_style" />
      <Option value="0.5" type="QString" name="outline_width" />
      <Option value="MM" type="QString" name="outline_width_unit" />
      <Option value="solid" type="QString" name="style" />
     </Option>
    </layer>
    <layer enabled="1" class="LinePatternFill" locked="0" pass="0">
     <Option type="Map">
      <Option value="45" type="QString" name="angle" />
      <Option value="0,0,0,255" type="QString" name="color" />
      <Option value="4" type="QString" name="distance" />
      <Option value="MM" type="QString" name="distance_unit" />
      <Option value="0" type="QString" name="line_width" />
      <Option value="MM" type="QString" name="line_width_unit" />
      <Option value="0" type="QString" name="offset" />
      <Option value="MM" type="QString" name="offset_unit" />
      <Option value="MM" type="QString" name="outline_width_unit" />
     </Option>
     <symbol force_rhr="0" alpha="1" type="line" name="@0@1" clip_to_extent="1">
      <layer enabled="1" class="SimpleLine" locked="0" pass="0">
       <Option type="Map">
        <Option value="0" type="QString" name="align_dash_pattern" />
        <Option value="square" type="QString" name="capstyle" />
        <Option value="5;2" type="QString" name="customdash" />
        <Option value="MM" type="QString" name="customdash_unit" />
        <Option value="0" type="QString" name="dash_pattern_offset" />
        <Option value="MM" type="QString" name="dash_pattern_offset_unit" />
        <Option value="0" type="QString" name="draw_inside_polygon" />
        <Option value="bevel" type="QString" name="joinstyle" />
        <Option value="215,48,31,217" type="QString" name="line_color" />
        <Option value="solid" type="QString" name="line_style" />
        <Option value="0.2" type="QString" name="line_width" />
        <Option value="MM" type="QString" name="line_width_unit" />
        <Option value="0" type="QString" name="offset" />
        <Option value="MM" type="QString" name="offset_unit" />
        <Option value="0" type="QString" name="ring_filter" />
        <Option value="0" type="QString" name="trim_distance_end" />
        <Option value="MM" type="QString" name="trim_distance_end_unit" />
        <Option value="0" type="QString" name="trim_distance_start" />
        <Option value="MM" type="QString" name="trim_distance_start_unit" />
        <Option value="0" type="QString" name="tweak_dash_pattern_on_corners" />
        <Option value="0" type="QString" name="use_custom_dash" />
       </Option>
      </layer>
     </symbol>
    </layer>
   </symbol>
  </symbols>
 </renderer-v2>
 <labeling type="simple">
  <settings calloutType="simple">
   <text-style fontKerning="1" multilineHeight="1" namedStyle="" fontLetterSpacing="0" fontWordSpacing="0" previewBkgrdColor="255,255,255,255" fontSize="8" fontSizeMapUnitScale="3x:0,0,0,0,0,0" fieldName="name" fontWeight="50" textOrientation="horizontal" fontUnderline="0" textOpacity="1" legendString="Aa" fontSizeUnit="Point" fontItalic="0" fontStrikeout="0" allowHtml="0" capitalization="0" isExpression="0" textColor="140,42,26,255" fontFamily="Noto Sans CJK SC" useSubstitutions="0" blendMode="0">
    <families>
     <family name="Noto Sans CJK SC" />
     <family name="Microsoft YaHei" />
     <family name="PingFang SC" />
     <family name="SimHei" />
    </families>
    <text-buffer bufferColor="255,255,255,220" bufferNoFill="1" bufferDraw="1" bufferSizeUnits="MM" bufferSize="0.80000000000000004" bufferSizeMapUnitScale="3x:0,0,0,0,0,0" bufferOpacity="1" bufferBlendMode="0" bufferJoinStyle="128" />
    <text-mask maskSize="1.5" maskSizeUnits="MM" maskJoinStyle="128" maskSizeMapUnitScale="3x:0,0,0,0,0,0" maskedSymbolLayers="" maskOpacity="1" maskEnabled="0" maskType="0" />
    <background shapeRadiiY="0" shapeDraw="0" shapeOpacity="1" shapeBorderColor="128,128,128,255" shapeBorderWidthMapUnitScale="3x:0,0,0,0,0,0" shapeBlendMode="0" shapeOffsetMapUnitScale="3x:0,0,0,0,0,0" shapeBorderWidth="0" shapeRadiiUnit="MM" shapeOffsetUnit="MM" shapeType="0" shapeRotationType="0" shapeRadiiMapUnitScale="3x:0,0,0,0,0,0" shapeSVGFile="" shapeOffsetY="0" shapeSizeType="0" shapeBorderWidthUnit="MM" shapeOffsetX="0" shapeRotation="0" shapeSizeUnit="MM" shapeSizeMapUnitScale="3x:0,0,0,0,0,0" shapeSizeY="0" shapeSizeX="0" shapeRadiiX="0" shapeJoinStyle="64" shapeFillColor="255,255,255,255">
     <symbol force_rhr="0" alpha="1" type="fill" name="fillSymbol" clip_to_extent="1">
      <layer enabled="1" class="SimpleFill" locked="0" pass="0">
       <Option type="Map">
        <Option value="255,255,255,255" type="QString" name="color" />
        <Option value="bevel" type="QString" name="joinstyle" />
        <Option value="0,0" type="QString" name="offset" />
        <Option value="MM" type="QString" name="offset_unit" />
        <Option value="128,128,128,255" type="QString" name="outline_color" />
        <Option value="no" type="QString" name="outline_style" />
        <Option value="0" type="QString" name="outline_width" />
        <Option value="MM" type="QString" name="outline_width_unit" />
        <Option value="solid" type="QString" name="style" />
       </Option>
      </layer>
     </symbol>
    </background>
    <shadow shadowRadiusUnit="MM" shadowOffsetGlobal="1" shadowRadiusAlphaOnly="0" shadowOpacity="0.69999999999999996" shadowBlendMode="6" shadowOffsetDist="1" shadowRadius="1.5" shadowOffsetUnit="MM" shadowOffsetAngle="135" shadowScale="100" shadowDraw="0" shadowUnder="0" shadowColor="0,0,0,255" shadowOffsetMapUnitScale="3x:0,0,0,0,0,0" shadowRadiusMapUnitScale="3x:0,0,0,0,0,0" />
    <dd_properties>
     <Option type="Map">
      <Option value="" type="QString" name="name" />
      <Option name="properties" />
      <Option value="collection" type="QString" name="type" />
     </Option>
    </dd_properties>
    <substitutions />
   </text-style>
   <text-format useMaxLineLengthForAutoWrap="1" wrapChar="" formatNumbers="0" placeDirectionSymbol="0" autoWrapLength="0" addDirectionSymbol="0" reverseDirectionSymbol="0" rightDirectionSymbol="&gt;" multilineAlign="3" decimals="3" plussign="0" leftDirectionSymbol="&lt;" />
   <placement offsetType="0" yOffset="0" rotationUnit="AngleDegrees" dist="0" preserveRotation="1" repeatDistanceMapUnitScale="3x:0,0,0,0,0,0" centroidWhole="0" fitInPolygonOnly="0" quadOffset="4" repeatDistanceUnits="MM" layerType="UnknownGeometry" distMapUnitScale="3x:0,0,0,0,0,0" lineAnchorType="0" geometryGeneratorEnabled="0" overrunDistanceMapUnitScale="3x:0,0,0,0,0,0" repeatDistance="0" rotationAngle="0" predefinedPositionOrder="TR,TL,BR,BL,R,L,TSR,BSR" geometryGenerator="" polygonPlacementFlags="2" labelOffsetMapUnitScale="3x:0,0,0,0,0,0" distUnits="MM" placementFlags="10" overrunDistanceUnit="MM" lineAnchorClipping="0" geometryGeneratorType="PointGeometry" lineAnchorPercent="0.5" xOffset="0" maxCurvedCharAngleOut="-25" maxCurvedCharAngleIn="25" overrunDistance="0" placement="4" priority="5" centroidInside="0" offsetUnits="MM" />
   <rendering fontMaxPixelSize="10000" scaleVisibility="1" unplacedVisibility="0" limitNumLabels="0" maxNumLabels="2000" mergeLines="0" fontLimitPixelSize="0" scaleMax="200000" zIndex="0" labelPerPart="0" scaleMin="0" displayAll="0" minFeatureSize="0" drawLabels="1" obstacleFactor="1" obstacleType="1" fontMinPixelSize="0" upsidedownLabels="0" obstacle="1" />
   <dd_properties>
    <Option type="Map">
     <Option value="" type="QString" name="name" />
     <Option name="properties" />
     <Option value="collection" type="QString" name="type" />
    </Option>
   </dd_properties>
  </settings>
 </labeling>
 <blendMode>0</blendMode>
 <featureBlendMode>0</featureBlendMode>
 <layerOpacity>1</layerOpacity>
 <layerGeometryType>2</layerGeometryType>
</qgis>
