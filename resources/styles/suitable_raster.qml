<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis maxScale="0" styleCategories="Symbology|Rendering" minScale="1e+08" hasScaleBasedVisibilityFlag="0" version="3.22.16-Białowieża">
  <pipe-data-defined-properties>
    <Option type="Map">
      <Option name="name" value="" type="QString"/>
      <Option name="properties"/>
      <Option name="type" value="collection" type="QString"/>
    </Option>
  </pipe-data-defined-properties>
  <pipe>
    <provider>
      <resampling zoomedOutResamplingMethod="nearestNeighbour" maxOversampling="2" enabled="false" zoomedInResamplingMethod="nearestNeighbour"/>
    </provider>
    <rasterrenderer opacity="1" band="1" nodataColor="" type="paletted" alphaBand="-1">
      <minMaxOrigin>
        <limits>None</limits>
        <extent>WholeRaster</extent>
        <statAccuracy>Estimated</statAccuracy>
        <cumulativeCutLower>0.02</cumulativeCutLower>
        <cumulativeCutUpper>0.98</cumulativeCutUpper>
        <stdDevFactor>2</stdDevFactor>
      </minMaxOrigin>
      <colorPalette>
        <paletteEntry value="0" color="#4575b4" label="未见限制" alpha="255"/>
        <paletteEntry value="1" color="#91bfdb" label="提示" alpha="255"/>
        <paletteEntry value="2" color="#fee090" label="通过(附条件)" alpha="255"/>
        <paletteEntry value="3" color="#fc8d59" label="受限" alpha="255"/>
        <paletteEntry value="4" color="#b2182b" label="不通过" alpha="255"/>
        <paletteEntry value="10" color="#a2bada" label="尚不能判定:已查条款未见限制" alpha="255"/>
        <paletteEntry value="11" color="#c8dfed" label="提示,待核实(可能更严)" alpha="255"/>
        <paletteEntry value="12" color="#fef0c8" label="通过(附条件),待核实(可能更严)" alpha="255"/>
        <paletteEntry value="13" color="#fec6ac" label="受限,待核实(可能更严)" alpha="255"/>
        <paletteEntry value="20" color="#d9d9d9" label="界外" alpha="255"/>
      </colorPalette>
    </rasterrenderer>
    <brightnesscontrast contrast="0" brightness="0" gamma="1"/>
    <huesaturation colorizeBlue="128" colorizeRed="255" saturation="0" colorizeOn="0" invertColors="0" colorizeStrength="100" grayscaleMode="0" colorizeGreen="128"/>
    <rasterresampler maxOversampling="2"/>
    <resamplingStage>resamplingFilter</resamplingStage>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
