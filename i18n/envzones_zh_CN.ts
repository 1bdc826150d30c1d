<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
    <context>
        <name>EnvZones</name>
        <message>
            <source>&amp;EnvZones</source>
            <translation>环境管控一张图(&amp;E)</translation>
        </message>
        <message>
            <source>A line from each boiler to its nearest plant, and whether it lies within.</source>
            <translation>每台锅炉至最近热源的连线,以及是否位于半径以内。</translation>
        </message>
        <message>
            <source>A line from each feature inside to the river.</source>
            <translation>范围内每个要素至河流的连线。</translation>
        </message>
        <message>
            <source>A one map is a single file with all pollution-control zones of a city.&lt;br&gt;&lt;br&gt;&lt;b&gt;1.&lt;/b&gt; Make one: start with the demonstration map of Jiyuan, or with an empty map.&lt;br&gt;&lt;b&gt;2.&lt;/b&gt; Draw or import zones; each layer has its form.&lt;br&gt;&lt;b&gt;3.&lt;/b&gt; Run a check: may a project go here, what lies near a river section, which boilers are within a plant's heat radius.</source>
            <translation>一张图是汇集全市各类环境管控分区的单个文件。&lt;br&gt;&lt;br&gt;&lt;b&gt;1.&lt;/b&gt; 新建一张图:可从济源示范图开始,也可从空图开始。&lt;br&gt;&lt;b&gt;2.&lt;/b&gt; 勾绘或导入管控分区,每个图层都有填报表单。&lt;br&gt;&lt;b&gt;3.&lt;/b&gt; 开展研判:项目能否选址于此、断面周边有哪些问题、热源供热半径内有哪些锅炉。</translation>
        </message>
        <message>
            <source>A section farther than this from every river is listed in the issues and not traced.</source>
            <translation>断面距所有河流均超过该距离时,列入数据问题,不作追溯。</translation>
        </message>
        <message>
            <source>Area of the office. Features outside it are listed apart, to be passed on to the neighbour.</source>
            <translation>本辖区范围。位于界外的要素单独列出,函告相邻地区。</translation>
        </message>
        <message>
            <source>As of</source>
            <translation>截止日期</translation>
        </message>
        <message>
            <source>Bank distance</source>
            <translation>两岸距离</translation>
        </message>
        <message>
            <source>Boilers</source>
            <translation>锅炉</translation>
        </message>
        <message>
            <source>Boilers to be listed. Left empty, only the circles are drawn.</source>
            <translation>需要排查的锅炉。留空时只绘制供热半径。</translation>
        </message>
        <message>
            <source>Boilers within the heat-supply radius of heat and power plants</source>
            <translation>热电联产电厂供热半径内的锅炉</translation>
        </message>
        <message>
            <source>Boilers within the radius</source>
            <translation>半径内锅炉数</translation>
        </message>
        <message>
            <source>Cancelled; nothing was written.</source>
            <translation>已取消,未写入任何成果。</translation>
        </message>
        <message>
            <source>Candidate sites</source>
            <translation>候选地块</translation>
        </message>
        <message>
            <source>Check candidate sites against the clauses of plan documents</source>
            <translation>对照规划计划条款研判候选地块</translation>
        </message>
        <message>
            <source>Check candidate sites against the rulebooks</source>
            <translation>对照条款库研判候选地块</translation>
        </message>
        <message>
            <source>Checked as of {date}; this is a preliminary assessment.</source>
            <translation>研判基准日期 {date},结果为初步研判。</translation>
        </message>
        <message>
            <source>Checks each candidate site against every siting clause of the chosen rulebooks on the one map and gives a verdict with two values: what is known, and what is possible once everything that could not be assessed is verified. Every finding carries its clause, the quotation, the distance and the threshold.

No data is not no constraint: where a layer is not declared complete, or an attribute of the site is unknown, the clause is to be verified. The result is a preliminary assessment; the decision is the office's.</source>
            <translation>将每个候选地块与所选条款库的全部选址条款在一张图上逐条比对,给出两个值的结论:已知结论,以及全部待核实事项核实后可能的结论。每条研判明细均列明条款、原文、距离和限值。

没有数据不等于没有限制:图层未声明完整,或地块属性未知时,相应条款列为待核实。结果为初步研判,最终结论由主管部门审定。</translation>
        </message>
        <message>
            <source>City or county</source>
            <translation>市(县)</translation>
        </message>
        <message>
            <source>Clauses hit</source>
            <translation>命中条款数</translation>
        </message>
        <message>
            <source>Clauses to be verified</source>
            <translation>待核实条款数</translation>
        </message>
        <message>
            <source>Click to show this site on the map</source>
            <translation>单击可在图上显示该地块</translation>
        </message>
        <message>
            <source>Cogeneration plants only</source>
            <translation>仅热电联产</translation>
        </message>
        <message>
            <source>Complete as of</source>
            <translation>完整性截止日期</translation>
        </message>
        <message>
            <source>Content</source>
            <translation>内容</translation>
        </message>
        <message>
            <source>Control zone</source>
            <translation>管控范围</translation>
        </message>
        <message>
            <source>Control zone and inventory along a river above and below monitoring sections</source>
            <translation>水质断面上下游及两岸管控范围与问题清单</translation>
        </message>
        <message>
            <source>Create</source>
            <translation>新建</translation>
        </message>
        <message>
            <source>Date of the check</source>
            <translation>研判基准日期</translation>
        </message>
        <message>
            <source>Declared complete: where it shows nothing, there is nothing</source>
            <translation>已声明完整:图上没有即为没有</translation>
        </message>
        <message>
            <source>Demonstration map of Jiyuan, with zones of all themes</source>
            <translation>济源示范图(含各专题示意数据)</translation>
        </message>
        <message>
            <source>Downstream distance</source>
            <translation>下游距离</translation>
        </message>
        <message>
            <source>Draw a section's control zone and list what lies in it</source>
            <translation>绘制断面管控范围并列出其中的问题</translation>
        </message>
        <message>
            <source>Draws the heat-supply radius around each heat and power plant as a circle of true metres on the CGCS2000 ellipsoid and decides for each boiler, by its distance and not by the drawn circle, whether it lies within; its nearest plant and the distance are given either way.

A plant that does not say whether it is a cogeneration plant, or how large its units are, is unknown, not excluded: what rests on it is listed as to be verified.</source>
            <translation>以 CGCS2000 椭球上的真实米数绘制每座热源的供热半径,并按实际距离(而非所绘圆形)判定每台锅炉是否位于半径以内;无论是否位于其内,均给出最近热源及距离。

热源未注明是否热电联产或单机容量时,按未知处理而不排除,由此得出的结果列为待核实。</translation>
        </message>
        <message>
            <source>Each site with what is known and what is possible.</source>
            <translation>每个地块的已知结论和可能结论。</translation>
        </message>
        <message>
            <source>Empty map with all layers</source>
            <translation>空图(含全部图层)</translation>
        </message>
        <message>
            <source>EnvZones</source>
            <translation>环境管控一张图</translation>
        </message>
        <message>
            <source>EnvZones Panel</source>
            <translation>一张图面板</translation>
        </message>
        <message>
            <source>EnvZones Toolbar</source>
            <translation>一张图工具栏</translation>
        </message>
        <message>
            <source>EnvZones needs {what}. {advice}</source>
            <translation>EnvZones 需要 {what}。{advice}</translation>
        </message>
        <message>
            <source>EnvZones: one map of pollution-control zones</source>
            <translation>EnvZones 环境管控一张图</translation>
        </message>
        <message>
            <source>Excel workbooks (*.xlsx)</source>
            <translation>Excel 工作簿 (*.xlsx)</translation>
        </message>
        <message>
            <source>Existing</source>
            <translation>既有</translation>
        </message>
        <message>
            <source>Expansion</source>
            <translation>扩建</translation>
        </message>
        <message>
            <source>Export Map</source>
            <translation>导出地图</translation>
        </message>
        <message>
            <source>Export Map…</source>
            <translation>导出地图…</translation>
        </message>
        <message>
            <source>Facility type</source>
            <translation>设施类型</translation>
        </message>
        <message>
            <source>Features</source>
            <translation>要素数</translation>
        </message>
        <message>
            <source>Features found</source>
            <translation>范围内要素</translation>
        </message>
        <message>
            <source>Features to list</source>
            <translation>排查图层</translation>
        </message>
        <message>
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>Findings</source>
            <translation>研判明细</translation>
        </message>
        <message>
            <source>Follow the main stem alone instead of all tributaries. Which reading holds is the office's decision; it is written to the zone.</source>
            <translation>仅沿干流追溯,不进入支流。采用何种口径由主管部门确定,并记入管控范围属性。</translation>
        </message>
        <message>
            <source>For sites that do not state it themselves: 0 new construction, 1 rebuilding, 2 expansion, 3 existing. Left empty, it is unknown and such clauses are to be verified.</source>
            <translation>用于自身未注明项目性质的地块:0 新建,1 改建,2 扩建,3 既有。留空即为未知,相关条款列为待核实。</translation>
        </message>
        <message>
            <source>Heat Radius…</source>
            <translation>供热半径…</translation>
        </message>
        <message>
            <source>Heat and power plants, as points or as their premises. Fields used where present: uid, name, chp (cogeneration), unit_capacity_mw, accuracy_m.</source>
            <translation>热源(点或厂区面)。如有以下字段则使用:uid、name、chp(是否热电联产)、unit_capacity_mw(单机容量)、accuracy_m(定位精度)。</translation>
        </message>
        <message>
            <source>Heat radius</source>
            <translation>供热半径</translation>
        </message>
        <message>
            <source>In the OSGeo4W set-up choose python3-geopandas (it brings shapely), or install QGIS from its all-in-one installer, which has both; then restart QGIS.</source>
            <translation>请在 OSGeo4W 安装程序中选装 python3-geopandas(会一并安装 shapely),或使用自带两者的 QGIS 独立安装包,然后重新启动 QGIS。</translation>
        </message>
        <message>
            <source>Issues</source>
            <translation>数据问题</translation>
        </message>
        <message>
            <source>Jurisdiction</source>
            <translation>辖区</translation>
        </message>
        <message>
            <source>Layer</source>
            <translation>图层</translation>
        </message>
        <message>
            <source>Layers</source>
            <translation>图层</translation>
        </message>
        <message>
            <source>Layers whose features are looked for inside the control zone, for instance outfalls, caterers, sand mining and dry toilets.</source>
            <translation>在管控范围内排查的图层,例如入河排污口、餐饮、采砂、旱厕。</translation>
        </message>
        <message>
            <source>Leave out features that are not in force on this day. Left empty, all features count.</source>
            <translation>不计入该日无效的要素。留空时全部计入。</translation>
        </message>
        <message>
            <source>Leave out plants whose field chp says that they are no cogeneration plants.</source>
            <translation>不计入字段 chp 注明为非热电联产的热源。</translation>
        </message>
        <message>
            <source>Ledger</source>
            <translation>台账</translation>
        </message>
        <message>
            <source>Lines run against the flow</source>
            <translation>线方向与水流相反</translation>
        </message>
        <message>
            <source>List the boilers within a plant's heat-supply radius</source>
            <translation>列出热源供热半径内的锅炉</translation>
        </message>
        <message>
            <source>Main stem only</source>
            <translation>仅干流</translation>
        </message>
        <message>
            <source>Make a one map and its project</source>
            <translation>新建一张图及其工程</translation>
        </message>
        <message>
            <source>Making the one map</source>
            <translation>正在生成一张图</translation>
        </message>
        <message>
            <source>Map written to &lt;a href="{url}"&gt;{path}&lt;/a&gt;</source>
            <translation>地图已导出至 &lt;a href="{url}"&gt;{path}&lt;/a&gt;</translation>
        </message>
        <message>
            <source>Map written to {path}</source>
            <translation>一张图已写入 {path}</translation>
        </message>
        <message>
            <source>Metres along the river against the flow.</source>
            <translation>沿河逆流方向的米数。</translation>
        </message>
        <message>
            <source>Metres along the river with the flow.</source>
            <translation>沿河顺流方向的米数。</translation>
        </message>
        <message>
            <source>Metres from the bank outward, on both sides.</source>
            <translation>自岸线向外的米数,两岸相同。</translation>
        </message>
        <message>
            <source>Metres from the plant; plan documents often say 15 km.</source>
            <translation>距热源的米数,文件通常规定为15公里。</translation>
        </message>
        <message>
            <source>Monitoring sections</source>
            <translation>水质断面</translation>
        </message>
        <message>
            <source>Never declared complete: what depends on this layer is to be verified</source>
            <translation>从未声明完整:依赖该图层的结论列为待核实</translation>
        </message>
        <message>
            <source>New One-Map Project</source>
            <translation>新建一张图工程</translation>
        </message>
        <message>
            <source>New One-Map Project…</source>
            <translation>新建一张图工程…</translation>
        </message>
        <message>
            <source>New construction</source>
            <translation>新建</translation>
        </message>
        <message>
            <source>No one map in this project yet</source>
            <translation>本工程尚无一张图</translation>
        </message>
        <message>
            <source>No siting check in this project yet</source>
            <translation>本工程尚未开展选址研判</translation>
        </message>
        <message>
            <source>On Debian 13, Ubuntu 24.10 and newer install python3-geopandas; on older systems start QGIS with a Python environment that has them (the README tells how); then restart QGIS.</source>
            <translation>Debian 13、Ubuntu 24.10 及更新系统请安装 python3-geopandas;较旧系统请使用含有上述库的 Python 环境启动 QGIS(方法见 README),然后重新启动 QGIS。</translation>
        </message>
        <message>
            <source>One circle for each plant.</source>
            <translation>每座热源一个圆。</translation>
        </message>
        <message>
            <source>One map</source>
            <translation>一张图</translation>
        </message>
        <message>
            <source>One map (*.gpkg)</source>
            <translation>一张图 (*.gpkg)</translation>
        </message>
        <message>
            <source>One polygon for each section.</source>
            <translation>每个断面一个面。</translation>
        </message>
        <message>
            <source>One row for each site, clause and piece of evidence; the line or outline shows it.</source>
            <translation>每个地块、每条条款、每项依据一行,以线或轮廓示意。</translation>
        </message>
        <message>
            <source>Only plants with units of at least this capacity. Left empty, all plants count.</source>
            <translation>仅计入单机容量不低于该值的热源。留空时全部计入。</translation>
        </message>
        <message>
            <source>Optional report with each clause quoted beside the site's situation.</source>
            <translation>可选报告,逐条列出条款原文与本项目情况。</translation>
        </message>
        <message>
            <source>Optional workbook with verdicts, findings, and what to ask which department.</source>
            <translation>可选工作簿,含研判结论、研判明细和函询清单。</translation>
        </message>
        <message>
            <source>Or open a project whose layers come from a one map.</source>
            <translation>也可打开图层取自一张图的工程。</translation>
        </message>
        <message>
            <source>PDF (*.pdf);;PNG image (*.png);;SVG drawing (*.svg)</source>
            <translation>PDF (*.pdf);;PNG 图像 (*.png);;SVG 图形 (*.svg)</translation>
        </message>
        <message>
            <source>Plants</source>
            <translation>热源</translation>
        </message>
        <message>
            <source>Points of the sections. Fields used where present: uid or section_id, name, and river, which decides between two rivers that are both within the tolerance.</source>
            <translation>断面点。如有以下字段则使用:uid 或 section_id、name、river(容差内有两条河流时据此确定)。</translation>
        </message>
        <message>
            <source>Points, lines or polygons of the candidate projects. Fields used where present: site_id, name, facility_type, nature, accuracy_m, and the attributes the clauses ask for, such as capacity_tph.</source>
            <translation>候选项目的点、线或面。如有以下字段则使用:site_id、name、facility_type(设施类型)、nature(项目性质)、accuracy_m(定位精度),以及条款所需属性,如 capacity_tph(锅炉容量)。</translation>
        </message>
        <message>
            <source>Polygons of the channel (water and floodplain). With them the bank distance counts from their edge, without them from the centreline, or from half the width where it is known.</source>
            <translation>河道面(水面及滩地)。有河道面时两岸距离自其边线起算;没有时自中心线起算,已知河宽的自半宽处起算。</translation>
        </message>
        <message>
            <source>Project nature</source>
            <translation>项目性质</translation>
        </message>
        <message>
            <source>Project written to {path}</source>
            <translation>工程已写入 {path}</translation>
        </message>
        <message>
            <source>Radius</source>
            <translation>半径</translation>
        </message>
        <message>
            <source>Reading the one map</source>
            <translation>正在读取一张图</translation>
        </message>
        <message>
            <source>Rebuilding</source>
            <translation>改建</translation>
        </message>
        <message>
            <source>Report</source>
            <translation>报告</translation>
        </message>
        <message>
            <source>River Section…</source>
            <translation>断面管控…</translation>
        </message>
        <message>
            <source>River channel</source>
            <translation>河道(面)</translation>
        </message>
        <message>
            <source>River lines, digitised in the direction of flow. Fields used where present: river (name), width_m (width of the channel), accuracy_m (positional accuracy).</source>
            <translation>按水流方向绘制的河流线。如有以下字段则使用:river(河名)、width_m(河道宽度)、accuracy_m(定位精度)。</translation>
        </message>
        <message>
            <source>River section</source>
            <translation>断面管控</translation>
        </message>
        <message>
            <source>Rivers</source>
            <translation>河流</translation>
        </message>
        <message>
            <source>Rulebooks</source>
            <translation>条款库</translation>
        </message>
        <message>
            <source>Rulebooks that a siting check uses</source>
            <translation>选址研判所用的条款库</translation>
        </message>
        <message>
            <source>Save the One Map As</source>
            <translation>一张图另存为</translation>
        </message>
        <message>
            <source>Sections traced</source>
            <translation>已追溯断面数</translation>
        </message>
        <message>
            <source>Show or hide the EnvZones panel</source>
            <translation>显示或隐藏一张图面板</translation>
        </message>
        <message>
            <source>Sites checked</source>
            <translation>研判地块数</translation>
        </message>
        <message>
            <source>Sites, gravest first</source>
            <translation>地块(由重到轻)</translation>
        </message>
        <message>
            <source>Siting Check…</source>
            <translation>选址研判…</translation>
        </message>
        <message>
            <source>Siting check</source>
            <translation>选址研判</translation>
        </message>
        <message>
            <source>Smallest unit capacity (MW)</source>
            <translation>最小单机容量(MW)</translation>
        </message>
        <message>
            <source>Snapping tolerance</source>
            <translation>捕捉容差</translation>
        </message>
        <message>
            <source>The declaration has expired: what depends on this layer is to be verified</source>
            <translation>完整性声明已过期:依赖该图层的结论列为待核实</translation>
        </message>
        <message>
            <source>The map is stored in CGCS2000 degrees (EPSG:4490). The working CRS is the city's CGCS2000 3-degree zone, so that you draw in metres.</source>
            <translation>一张图以 CGCS2000 经纬度(EPSG:4490)存储。工作坐标系采用本市所在的 CGCS2000 3°带,以便按米勾绘。</translation>
        </message>
        <message>
            <source>The office's own assumption, in metres. From a centreline of unknown width, features within half of it beyond the bank distance are listed as to be verified.</source>
            <translation>由主管部门设定的工作河宽,单位米。河宽未知而自中心线起算时,超出两岸距离但在其一半以内的要素列为待核实。</translation>
        </message>
        <message>
            <source>The one-map GeoPackage with the zones. Unsaved edits of its layers in the open project are taken into account.</source>
            <translation>存有管控分区的一张图 GeoPackage。当前工程中其图层尚未保存的编辑也计入研判。</translation>
        </message>
        <message>
            <source>The plan documents whose clauses are checked. A document that is not in force on the date is reported for reference only and stays outside the verdict.</source>
            <translation>据以研判的规划计划文件。基准日期不在有效期内的文件仅作参考,不计入结论。</translation>
        </message>
        <message>
            <source>The river pieces traced, with from and to distances.</source>
            <translation>追溯得到的河段及其起止里程。</translation>
        </message>
        <message>
            <source>This project has no one map; make one with New One-Map Project… first.</source>
            <translation>本工程没有一张图,请先通过“新建一张图工程…”新建。</translation>
        </message>
        <message>
            <source>Tick it where the river lines are digitised from mouth to source.</source>
            <translation>河流线自河口向源头绘制时勾选。</translation>
        </message>
        <message>
            <source>Title</source>
            <translation>标题</translation>
        </message>
        <message>
            <source>Today</source>
            <translation>今天</translation>
        </message>
        <message>
            <source>Traced reaches</source>
            <translation>上下游河段</translation>
        </message>
        <message>
            <source>Traces the river from each monitoring section: against the flow up to the upstream distance (into all tributaries, or along the main stem alone), with the flow down to the downstream distance. Draws the control zone on both banks, cut square to the river at its ends, and lists every feature inside with its chainage along the river, its bank (looking downstream) and its offset.

Lines must be digitised with the flow; tick the reverse option where they run against it. All distances are true metres on the CGCS2000 ellipsoid, whatever the layers' coordinate systems. What could not be traced, and every repair of the network, is listed in the issues output.</source>
            <translation>自每个水质断面沿河追溯:逆流至上游距离(进入全部支流,或仅沿干流),顺流至下游距离。在两岸绘制管控范围,两端与河流垂直截断,并列出其中每个要素的河道里程、岸别(面向下游)和离岸距离。

河流线须按水流方向绘制,方向相反时请勾选反向选项。无论图层采用何种坐标系,距离均为 CGCS2000 椭球上的真实米数。未能追溯的断面及河网的每处修补均列入数据问题。</translation>
        </message>
        <message>
            <source>Type of the sites that do not state one themselves, for instance coal_boiler. A wrong name is answered with the nearest ones.</source>
            <translation>用于自身未注明设施类型的地块,例如 coal_boiler。名称有误时会提示相近名称。</translation>
        </message>
        <message>
            <source>Unexpected error ({error}); the message log has the details.</source>
            <translation>意外错误({error}),详情见消息日志。</translation>
        </message>
        <message>
            <source>Upstream distance</source>
            <translation>上游距离</translation>
        </message>
        <message>
            <source>Use a QGIS package that includes geopandas, or install QGIS from conda-forge together with geopandas; then restart QGIS.</source>
            <translation>请使用自带 geopandas 的 QGIS 安装包,或从 conda-forge 一并安装 QGIS 与 geopandas,然后重新启动 QGIS。</translation>
        </message>
        <message>
            <source>Verdicts</source>
            <translation>研判结论</translation>
        </message>
        <message>
            <source>What was unclear in the input, with a place to look at.</source>
            <translation>输入数据中的疑点及其位置。</translation>
        </message>
        <message>
            <source>What was unclear or repaired, each with a place to look at.</source>
            <translation>疑点与修补之处,均附位置。</translation>
        </message>
        <message>
            <source>What was wrong with the input, with a place to look at.</source>
            <translation>输入数据的错误及其位置。</translation>
        </message>
        <message>
            <source>Where the document says “about”, features within this many metres of the bank distance are listed apart, for a look on site. Empty or 0 lists none apart.</source>
            <translation>文件规定为“左右”时,与两岸距离相差在此米数以内的要素单独列出,现场核定。留空或为0时不单列。</translation>
        </message>
        <message>
            <source>Width of the approximate band</source>
            <translation>“左右”范围半宽</translation>
        </message>
        <message>
            <source>Word documents (*.docx)</source>
            <translation>Word 文档 (*.docx)</translation>
        </message>
        <message>
            <source>Working CRS</source>
            <translation>工作坐标系</translation>
        </message>
        <message>
            <source>Working width of rivers without a known width</source>
            <translation>河宽未知时的工作河宽</translation>
        </message>
        <message>
            <source>Write the printed map to a PDF or an image</source>
            <translation>将打印地图导出为 PDF 或图像</translation>
        </message>
        <message>
            <source>Writing the documents</source>
            <translation>正在生成文档</translation>
        </message>
        <message>
            <source>Zones, declarations of completeness and documents count as of this day. Left empty, today.</source>
            <translation>管控分区、完整性声明和文件均以该日为准。留空时为今天。</translation>
        </message>
        <message>
            <source>Zones, declarations of completeness and rulebooks count as of this day</source>
            <translation>管控分区、完整性声明和条款库均以该日为准</translation>
        </message>
        <message>
            <source>declared</source>
            <translation>已声明</translation>
        </message>
        <message>
            <source>empty</source>
            <translation>空</translation>
        </message>
        <message>
            <source>expired</source>
            <translation>已过期</translation>
        </message>
        <message>
            <source>heat,radius,boiler,power plant,cogeneration,distance,circle</source>
            <translation>供热,半径,锅炉,电厂,热电联产,距离</translation>
        </message>
        <message>
            <source>not declared</source>
            <translation>未声明</translation>
        </message>
        <message>
            <source>river,section,upstream,downstream,bank,outfall,chainage,control zone</source>
            <translation>河流,断面,上游,下游,两岸,排污口,里程,管控范围</translation>
        </message>
        <message>
            <source>siting,check,rulebook,clause,verdict,zone,compliance,constraint</source>
            <translation>选址,研判,条款,结论,管控分区,符合性,准入</translation>
        </message>
        <message>
            <source>{book} (for reference only)</source>
            <translation>{book}(仅供参考)</translation>
        </message>
        <message>
            <source>{name} {floor} or newer (found {found})</source>
            <translation>{name} {floor} 或更高版本(当前为 {found})</translation>
        </message>
        <message>
            <source>{name} {floor} or newer (not installed)</source>
            <translation>{name} {floor} 或更高版本(未安装)</translation>
        </message>
        <message>
            <source>{n} layers are not declared complete: what depends on them is to be verified.</source>
            <translation>{n} 个图层未声明完整,依赖这些图层的结论列为待核实。</translation>
        </message>
        <message>
            <source>{n} of {all} in use</source>
            <translation>{n}/{all} 有数据</translation>
        </message>
        <message>
            <source>{path} is there already. Replace it?</source>
            <translation>{path} 已存在,是否替换?</translation>
        </message>
        <message>
            <source>{plants} plants, {hits} boilers within the radius, {issues} issues.</source>
            <translation>热源 {plants} 座,半径内锅炉 {hits} 台,数据问题 {issues} 个。</translation>
        </message>
        <message>
            <source>{zones} sections traced, {features} features found, {issues} issues.</source>
            <translation>已追溯断面 {zones} 个,范围内要素 {features} 个,数据问题 {issues} 个。</translation>
        </message>
    </context>
</TS>
