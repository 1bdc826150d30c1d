<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis styleCategories="Symbology|Rendering" minScale="1e+08" version="3.22.16-Białowieża" maxScale="0" hasScaleBasedVisibilityFlag="0">
  <pipe-data-defined-properties>
    <Option type="Map">
      <Option name="name" type="QString" value=""/>
      <Option name="properties"/>
      <Option name="type" type="QString" value="collection"/>
    </Option>
  </pipe-data-defined-properties>
  <pipe>
    <provider>
      <resampling enabled="false" maxOversampling="2" zoomedOutResamplingMethod="nearestNeighbour" zoomedInResamplingMethod="nearestNeighbour"/>
    </provider>
    <rasterrenderer opacity="1" nodataColor="" type="paletted" alphaBand="-1" band="1">
      <minMaxOrigin>
        <limits>None</limits>
        <extent>WholeRaster</extent>
        <statAccuracy>Estimated</statAccuracy>
        <cumulativeCutLower>0.02</cumulativeCutLower>
        <cumulativeCutUpper>0.98</cumulativeCutUpper>
        <stdDevFactor>2</stdDevFactor>
      </minMaxOrigin>
      <colorPalette>
        <paletteEntry label="未见限制" value="0" color="#4575b4" alpha="255"/>
        <paletteEntry label="提示" value="1" color="#91bfdb" alpha="255"/>
        <paletteEntry label="通过(附条件)" value="2" color="#fee090" alpha="255"/>
        <paletteEntry label="受限" value="3" color="#fc8d59" alpha="255"/>
        <paletteEntry label="不通过" value="4" color="#b2182b" alpha="255"/>
        <paletteEntry label="尚不能判定:已查条款未见限制" value="10" color="#636d88" alpha="255"/>
        <paletteEntry label="提示,待核实(可能更严)" value="11" color="#b2edff" alpha="255"/>
        <paletteEntry label="通过(附条件),待核实(可能更严)" value="12" color="#e9fed6" alpha="255"/>
        <paletteEntry label="受限,待核实(可能更严)" value="13" color="#efb69f" alpha="255"/>
        <paletteEntry label="界外" value="20" color="#d9d9d9" alpha="255"/>
      </colorPalette>
    </rasterrenderer>
    <brightnesscontrast contrast="0" brightness="0" gamma="1"/>
    <huesaturation colorizeRed="255" invertColors="0" saturation="0" colorizeGreen="128" grayscaleMode="0" colorizeOn="0" colorizeStrength="100" colorizeBlue="128"/>
    <rasterresampler maxOversampling="2"/>
    <resamplingStage>resamplingFilter</resamplingStage>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
