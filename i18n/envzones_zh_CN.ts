<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
    <context>
        <name>EnvZones</name>
        <message>
            <source> m</source>
            <translation>米</translation>
        </message>
        <message>
            <source>&amp;About ±</source>
            <translation>左右 ±(&amp;A)</translation>
        </message>
        <message>
            <source>&amp;Bank</source>
            <translation>两侧(&amp;B)</translation>
        </message>
        <message>
            <source>&amp;Channel</source>
            <translation>河道面(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Downstream</source>
            <translation>下游(&amp;D)</translation>
        </message>
        <message>
            <source>&amp;EnvZones</source>
            <translation>环境管控一张图(&amp;E)</translation>
        </message>
        <message>
            <source>&amp;Jurisdiction</source>
            <translation>辖区(&amp;J)</translation>
        </message>
        <message>
            <source>&amp;Main stem only</source>
            <translation>仅干流(&amp;M)</translation>
        </message>
        <message>
            <source>&amp;Rivers</source>
            <translation>河流(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;Sections</source>
            <translation>断面(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Upstream</source>
            <translation>上游(&amp;U)</translation>
        </message>
        <message>
            <source>&amp;Working width</source>
            <translation>工作河宽(&amp;W)</translation>
        </message>
        <message>
            <source>0 new construction, 1 rebuilding, 2 expansion, 3 existing. Left empty, it is unknown and such clauses are to be verified.</source>
            <translation>0 新建,1 改建,2 扩建,3 既有。留空表示未知,相关条款列为待核实。</translation>
        </message>
        <message>
            <source>A branch is kept if it reaches this many river widths beyond the bank of the river it leaves.</source>
            <translation>支汊伸出所属河流岸线以外达到此倍数的河宽时才予保留。</translation>
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
            <source>A loose end nearer than this to another line is listed.</source>
            <translation>悬空端点与其他线的距离小于此值时列出。</translation>
        </message>
        <message>
            <source>A one map is a single file with all pollution-control zones of a city.&lt;br&gt;&lt;br&gt;&lt;b&gt;1.&lt;/b&gt; Make one: start with the demonstration map of Jiyuan, or with an empty map.&lt;br&gt;&lt;b&gt;2.&lt;/b&gt; Draw or import zones; each layer has its form.&lt;br&gt;&lt;b&gt;3.&lt;/b&gt; Run a check: may a project go here, what lies near a river section, which boilers are within a plant's heat radius.</source>
            <translation>一张图是汇集全市各类环境管控分区的单个文件。&lt;br&gt;&lt;br&gt;&lt;b&gt;1.&lt;/b&gt; 新建一张图:可从济源示范图开始,也可从空图开始。&lt;br&gt;&lt;b&gt;2.&lt;/b&gt; 勾绘或导入管控分区,每个图层都有填报表单。&lt;br&gt;&lt;b&gt;3.&lt;/b&gt; 开展研判:项目能否选址于此、断面周边有哪些问题、热源供热半径内有哪些锅炉。</translation>
        </message>
        <message>
            <source>A place on the same river below the point upstream.</source>
            <translation>同一条河上、位于上游点以下的一点。</translation>
        </message>
        <message>
            <source>A place up the river, anywhere on it.</source>
            <translation>该河上游任意一点。</translation>
        </message>
        <message>
            <source>A section farther than this from every river is listed in the issues and not traced.</source>
            <translation>断面距所有河流均超过该距离时,列入数据问题,不作追溯。</translation>
        </message>
        <message>
            <source>A section may lie this far from its river.</source>
            <translation>断面离河流最远可达此距离。</translation>
        </message>
        <message>
            <source>A table with one row for each clause and kind of feature, or for each figure.</source>
            <translation>表格，每个条款和对象一行，或每项指标一行。</translation>
        </message>
        <message>
            <source>About the distance</source>
            <translation>左右，现场核定</translation>
        </message>
        <message>
            <source>Add the result to the project as temporary layers</source>
            <translation>把结果作为临时图层加入工程</translation>
        </message>
        <message>
            <source>Area</source>
            <translation>研究范围</translation>
        </message>
        <message>
            <source>Area inside (m²)</source>
            <translation>范围内面积(㎡)</translation>
        </message>
        <message>
            <source>Area of the office. Features outside it are listed apart, to be passed on to the neighbour.</source>
            <translation>本辖区范围。位于界外的要素单独列出,函告相邻地区。</translation>
        </message>
        <message>
            <source>Area of the office; features outside it are marked. Optional.</source>
            <translation>本单位辖区；界外要素将予标明，可不选。</translation>
        </message>
        <message>
            <source>Area within the control zone, on the ellipsoid</source>
            <translation>落在管控范围内的椭球面积</translation>
        </message>
        <message>
            <source>Areas of clauses</source>
            <translation>条款约束范围</translation>
        </message>
        <message>
            <source>As of</source>
            <translation>截止日期</translation>
        </message>
        <message>
            <source>As of {date}:</source>
            <translation>截至{date}：</translation>
        </message>
        <message>
            <source>As of {date}; this is a preliminary assessment.</source>
            <translation>研判日期 {date};本结果为初步研判。</translation>
        </message>
        <message>
            <source>At a confluence the main stem keeps its name; where names do not tell, this decides.</source>
            <translation>汇合处以同名河流为干流;河名不能判断时,由此项决定。</translation>
        </message>
        <message>
            <source>Attributes</source>
            <translation>设施属性</translation>
        </message>
        <message>
            <source>Bank</source>
            <translation>岸别</translation>
        </message>
        <message>
            <source>Bank &amp;from</source>
            <translation>起算线(&amp;F)</translation>
        </message>
        <message>
            <source>Bank distance</source>
            <translation>两岸距离</translation>
        </message>
        <message>
            <source>Board</source>
            <translation>看板</translation>
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
            <source>Building the river network</source>
            <translation>正在构建河网</translation>
        </message>
        <message>
            <source>Canals</source>
            <translation>人工渠道</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
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
            <source>Cell size</source>
            <translation>像元大小</translation>
        </message>
        <message>
            <source>Chainage (m)</source>
            <translation>里程(米)</translation>
        </message>
        <message>
            <source>Channels</source>
            <translation>河道</translation>
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
            <source>Check, direct and mend river lines</source>
            <translation>检查、定向并修复河流线</translation>
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
            <source>Choose the layer of rivers first (under Layers).</source>
            <translation>请先在“图层”中选择河流图层。</translation>
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
            <source>Clear</source>
            <translation>清除</translation>
        </message>
        <message>
            <source>Click a section on the map and see its control zone</source>
            <translation>在地图上点选断面，即见其管控范围</translation>
        </message>
        <message>
            <source>Click a section or a place on a river</source>
            <translation>点选断面，或河流上的位置</translation>
        </message>
        <message>
            <source>Click to show this site on the map</source>
            <translation>单击可在图上显示该地块</translation>
        </message>
        <message>
            <source>Clicked place</source>
            <translation>点选位置</translation>
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
            <source>Compute from the map how far plan documents are carried out</source>
            <translation>由一张图计算方案文件的落实情况</translation>
        </message>
        <message>
            <source>Computes every clause of the chosen rulebooks that lists features, asks for a service or sets a figure: what is listed and what of it is settled, what is not served, and each figure with numerator, denominator and source against the target of the year. Each row is met, not met or not computable, with the days it is overdue and the features behind it.

What the map does not say widens a figure to the range of values that are still possible: it is met only if the whole range is. A layer that is missing or not declared complete is named. Documents that are no longer in force are reference only, but what is overdue under them stays overdue.</source>
            <translation>计算所选条款库中需要列清单、要求覆盖或设定指标的每一条款：列入多少、已销号多少，哪些尚未覆盖，各项指标的分子、分母、数据来源及其与当年目标的比较。每行给出达标、未达标或无法计算，以及逾期天数和所涉要素。

图上没有的信息会使指标成为仍可能取值的区间：整个区间都达到目标才算达标。缺少或未声明完整的图层会逐一指出。已不在有效期内的文件只作参考，但其下逾期未完成的仍为逾期。</translation>
        </message>
        <message>
            <source>Connected parts</source>
            <translation>连通部分数</translation>
        </message>
        <message>
            <source>Content</source>
            <translation>内容</translation>
        </message>
        <message>
            <source>Control units</source>
            <translation>环境管控单元</translation>
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
            <source>Copy the features shown to the clipboard</source>
            <translation>把所示要素复制到剪贴板</translation>
        </message>
        <message>
            <source>Copy the table</source>
            <translation>复制表格</translation>
        </message>
        <message>
            <source>Create</source>
            <translation>新建</translation>
        </message>
        <message>
            <source>Cuts an area into pieces by what the siting clauses of the chosen rulebooks say of a facility there: no constraint found, notes only, allowed with conditions, restricted or refused. Each piece names its clauses and zones and gives its area in km², hectares and mu. A point anywhere in a piece gets the same verdict from the siting check; a site with an outline is to be checked by itself.

Hatched pieces could still turn out graver: a layer is missing or not declared complete there, an attribute of the facility is not given, a distance is the office's own, or the place lies within the positional accuracy of a zone's edge. The result is a preliminary assessment; the decision is the office's.</source>
            <translation>按所选法规库的选址条款,将研究范围划分为互不重叠的图斑:未见限制、提示、通过(附条件)、受限、不通过。每个图斑列出所涉条款和区划,并给出平方千米、公顷、亩三种面积。图斑内任意一点的结论与选址研判一致;有范围的地块应另作选址研判。

带斜线的图斑结论可能更严:图层缺失或未声明完整、设施属性未提供、距离为本单位工作距离,或位于区划边界定位精度以内。结果为初步研判,以主管部门审定为准。</translation>
        </message>
        <message>
            <source>D&amp;yke toe</source>
            <translation>堤脚线(&amp;Y)</translation>
        </message>
        <message>
            <source>Dams and sluices to stop at</source>
            <translation>作为追溯终点的闸坝</translation>
        </message>
        <message>
            <source>Date of the board</source>
            <translation>看板日期</translation>
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
            <source>Derive channel and centreline from the water polygons of the land survey</source>
            <translation>由国土调查水面图斑推算河道面与中心线</translation>
        </message>
        <message>
            <source>Direction</source>
            <translation>上下游</translation>
        </message>
        <message>
            <source>Directs each line from the node named here.</source>
            <translation>每条线从此字段所示的节点流出。</translation>
        </message>
        <message>
            <source>Directs each line to the node named here.</source>
            <translation>每条线流向此字段所示的节点。</translation>
        </message>
        <message>
            <source>Directs every reach by the fall along whole rivers. Give this or outlets, not both.</source>
            <translation>按整条河的落差确定每条河段的流向。与出口点二选一。</translation>
        </message>
        <message>
            <source>Directs every river by the fall along it. Give this or two points, not both.</source>
            <translation>按沿程落差确定各河流向。与上下游两点任选其一。</translation>
        </message>
        <message>
            <source>Distance from the bank, or from the centreline</source>
            <translation>到岸线的距离；无岸线时到中心线</translation>
        </message>
        <message>
            <source>Distance from the section as the crow flies</source>
            <translation>到断面的直线距离</translation>
        </message>
        <message>
            <source>Double lines</source>
            <translation>双线</translation>
        </message>
        <message>
            <source>Downstream distance</source>
            <translation>下游距离</translation>
        </message>
        <message>
            <source>Downstream the main arm only</source>
            <translation>下游仅主汊</translation>
        </message>
        <message>
            <source>Draw a section's control zone and list what lies in it</source>
            <translation>绘制断面管控范围并列出其中的问题</translation>
        </message>
        <message>
            <source>Drawing the control zone</source>
            <translation>正在画管控范围</translation>
        </message>
        <message>
            <source>Draws the heat-supply radius around each heat and power plant as a circle of true metres on the CGCS2000 ellipsoid and decides for each boiler, by its distance and not by the drawn circle, whether it lies within; its nearest plant and the distance are given either way.

A plant that does not say whether it is a cogeneration plant, or how large its units are, is unknown, not excluded: what rests on it is listed as to be verified.</source>
            <translation>以 CGCS2000 椭球上的真实米数绘制每座热源的供热半径,并按实际距离(而非所绘圆形)判定每台锅炉是否位于半径以内;无论是否位于其内,均给出最近热源及距离。

热源未注明是否热电联产或单机容量时,按未知处理而不排除,由此得出的结果列为待核实。</translation>
        </message>
        <message>
            <source>Dyke toe lines</source>
            <translation>堤脚线</translation>
        </message>
        <message>
            <source>Each site with what is known and what is possible.</source>
            <translation>每个地块的已知结论和可能结论。</translation>
        </message>
        <message>
            <source>Elevation model</source>
            <translation>高程模型</translation>
        </message>
        <message>
            <source>Empty map with all layers</source>
            <translation>空图(含全部图层)</translation>
        </message>
        <message>
            <source>End the trace where it meets another section of the layer.</source>
            <translation>追溯到图层中另一断面处为止。</translation>
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
            <source>Excel workbook (*.xlsx)</source>
            <translation>Excel 工作簿 (*.xlsx)</translation>
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
            <source>Export Ledger</source>
            <translation>导出台账</translation>
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
            <source>Export ledger…</source>
            <translation>导出台账…</translation>
        </message>
        <message>
            <source>Facility type</source>
            <translation>设施类型</translation>
        </message>
        <message>
            <source>Feature</source>
            <translation>要素</translation>
        </message>
        <message>
            <source>Features</source>
            <translation>要素数</translation>
        </message>
        <message>
            <source>Features ({n})</source>
            <translation>要素（{n}）</translation>
        </message>
        <message>
            <source>Features found</source>
            <translation>范围内要素</translation>
        </message>
        <message>
            <source>Features to &amp;list</source>
            <translation>排查对象(&amp;L)</translation>
        </message>
        <message>
            <source>Features to list</source>
            <translation>排查图层</translation>
        </message>
        <message>
            <source>Features within this much of the bank distance are listed as to be settled on site.</source>
            <translation>距离在此幅度内的要素，标为现场核定（“左右”）。</translation>
        </message>
        <message>
            <source>Features, declarations of completeness, targets and deadlines count as of this day. Left empty, today.</source>
            <translation>要素、完整性声明、目标和时限均以此日为准。留空为今天。</translation>
        </message>
        <message>
            <source>Field of the direction</source>
            <translation>流向字段</translation>
        </message>
        <message>
            <source>Field of the land class</source>
            <translation>地类编码字段</translation>
        </message>
        <message>
            <source>Field of the lower node</source>
            <translation>下游节点字段</translation>
        </message>
        <message>
            <source>Field of the upper node</source>
            <translation>上游节点字段</translation>
        </message>
        <message>
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>Filter the features</source>
            <translation>筛选要素</translation>
        </message>
        <message>
            <source>Findings</source>
            <translation>研判明细</translation>
        </message>
        <message>
            <source>Findings before</source>
            <translation>修复前问题数</translation>
        </message>
        <message>
            <source>Findings that are areas</source>
            <translation>面状结果</translation>
        </message>
        <message>
            <source>Findings that remain</source>
            <translation>剩余问题数</translation>
        </message>
        <message>
            <source>Follow the main stem alone instead of all tributaries.</source>
            <translation>上游只沿干流追溯，不含支流。</translation>
        </message>
        <message>
            <source>Follow the main stem alone instead of all tributaries. Which reading holds is the office's decision; it is written to the zone.</source>
            <translation>仅沿干流追溯,不进入支流。采用何种口径由主管部门确定,并记入管控范围属性。</translation>
        </message>
        <message>
            <source>For offices that have no river lines: joins the water polygons of the land survey (DLTB, class 1101 and others) across parcel borders and bridges into one channel for each river, and draws its centreline with the width along it. Islands leave two arms, tributaries meet in a node, the ends reach the ends of the polygon.

The direction of flow comes from a point upstream and one downstream, or from an elevation model; without them it is listed as unknown. Both layers can be given to the river section. Everything derived is marked as derived.</source>
            <translation>用于没有河流线图层的单位:把国土调查的水面图斑(DLTB,地类 1101 等)跨图斑界线和桥梁合并为每条河一个河道面,并绘出带沿程河宽的中心线。江心洲两侧各留一汊,支流交汇于节点,两端延伸至河道面尽头。

流向由上游、下游各一点或高程模型确定;两者都没有时列为流向未定。两个图层均可直接用于断面分析。推算所得要素均注明为推算。</translation>
        </message>
        <message>
            <source>For sites that do not state it themselves: 0 new construction, 1 rebuilding, 2 expansion, 3 existing. Left empty, it is unknown and such clauses are to be verified.</source>
            <translation>用于自身未注明项目性质的地块:0 新建,1 改建,2 扩建,3 既有。留空即为未知,相关条款列为待核实。</translation>
        </message>
        <message>
            <source>From the bank (m)</source>
            <translation>距岸(米)</translation>
        </message>
        <message>
            <source>Gaps within 1 m, missing nodes and pieces digitised against both their neighbours are mended for the trace and listed in the issues. Tick it to have them listed as errors instead.</source>
            <translation>1 米以内的断头、缺失的节点以及与上下游方向均相反的河段,在追溯时自动修复并列入问题清单。勾选后不修复,列为错误。</translation>
        </message>
        <message>
            <source>GeoPackage (*.gpkg)</source>
            <translation>GeoPackage 文件 (*.gpkg)</translation>
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
            <source>Hectares refused</source>
            <translation>不通过的面积(公顷)</translation>
        </message>
        <message>
            <source>Hectares that could still turn out graver</source>
            <translation>结论可能更严的面积(公顷)</translation>
        </message>
        <message>
            <source>Hectares without prohibition or restriction</source>
            <translation>无禁止或限制的面积(公顷)</translation>
        </message>
        <message>
            <source>Heights in metres, for clauses about what can be seen from a road, a river or a settlement. Without it such clauses are to be verified.</source>
            <translation>以米为单位的高程,用于“直观可视范围”类条款;未提供时相关条款列为待核实。</translation>
        </message>
        <message>
            <source>How reaches marked as artificial canals are taken.</source>
            <translation>标记为人工渠道的河段如何处理。</translation>
        </message>
        <message>
            <source>In the OSGeo4W set-up choose python3-geopandas (it brings shapely), or install QGIS from its all-in-one installer, which has both; then restart QGIS.</source>
            <translation>请在 OSGeo4W 安装程序中选装 python3-geopandas(会一并安装 shapely),或使用自带两者的 QGIS 独立安装包,然后重新启动 QGIS。</translation>
        </message>
        <message>
            <source>Inside</source>
            <translation>范围内</translation>
        </message>
        <message>
            <source>Islands and stray waters smaller than this many square metres are passed over.</source>
            <translation>小于此面积(平方米)的江心洲和零星水面忽略不计。</translation>
        </message>
        <message>
            <source>Issue</source>
            <translation>问题</translation>
        </message>
        <message>
            <source>Issues</source>
            <translation>数据问题</translation>
        </message>
        <message>
            <source>Issues ({n})</source>
            <translation>问题（{n}）</translation>
        </message>
        <message>
            <source>Joining tolerance</source>
            <translation>接合容差</translation>
        </message>
        <message>
            <source>Jurisdiction</source>
            <translation>辖区</translation>
        </message>
        <message>
            <source>Keep as layers</source>
            <translation>保留为图层</translation>
        </message>
        <message>
            <source>Keep in a GeoPackage</source>
            <translation>存为 GeoPackage</translation>
        </message>
        <message>
            <source>Keep in a GeoPackage…</source>
            <translation>存为 GeoPackage…</translation>
        </message>
        <message>
            <source>Keep the zone's left and right strip as a layer of their own, too</source>
            <translation>保留结果时，另把左岸、右岸范围存为单独的图层</translation>
        </message>
        <message>
            <source>Land classes</source>
            <translation>地类编码</translation>
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
            <source>Layers whose features are listed where they lie in the control zone</source>
            <translation>列出这些图层中落在管控范围内的要素</translation>
        </message>
        <message>
            <source>Layers whose features are looked for inside the control zone, for instance outfalls, caterers, sand mining and dry toilets.</source>
            <translation>在管控范围内排查的图层,例如入河排污口、餐饮、采砂、旱厕。</translation>
        </message>
        <message>
            <source>Leave out canals</source>
            <translation>不含人工渠道</translation>
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
            <source>Ledger written to &lt;a href="{url}"&gt;{path}&lt;/a&gt;</source>
            <translation>台账已写入 &lt;a href="{url}"&gt;{path}&lt;/a&gt;</translation>
        </message>
        <message>
            <source>Left and right s&amp;trips</source>
            <translation>另出左右岸范围(&amp;T)</translation>
        </message>
        <message>
            <source>Left and right strips</source>
            <translation>左右岸带</translation>
        </message>
        <message>
            <source>Left empty, the field is found by its usual names, such as DLBM.</source>
            <translation>留空时按常用字段名(如 DLBM)查找。</translation>
        </message>
        <message>
            <source>Length of the centreline in metres</source>
            <translation>中心线长度(米)</translation>
        </message>
        <message>
            <source>Lines along the landward toes of the dykes. Optional.</source>
            <translation>堤防背水侧堤脚线，可不选。</translation>
        </message>
        <message>
            <source>Lines along the landward toes of the dykes. With them the bank distance counts from the dykes.</source>
            <translation>沿堤防背水侧堤脚的线。提供后,岸边距离自堤脚线起算。</translation>
        </message>
        <message>
            <source>Lines in the direction of flow, with the width of the channel.</source>
            <translation>沿流向绘制的线,带河宽。</translation>
        </message>
        <message>
            <source>Lines run a&amp;gainst the flow</source>
            <translation>河线逆流数字化(&amp;G)</translation>
        </message>
        <message>
            <source>Lines run against the flow</source>
            <translation>线方向与水流相反</translation>
        </message>
        <message>
            <source>Lines that run side by side within this distance are listed; 0 does not look for them.</source>
            <translation>相距在此值以内并行的线会列出;填 0 则不检查。</translation>
        </message>
        <message>
            <source>List the boilers within a plant's heat-supply radius</source>
            <translation>列出热源供热半径内的锅炉</translation>
        </message>
        <message>
            <source>Listing the features in the control zone</source>
            <translation>正在列出管控范围内的要素</translation>
        </message>
        <message>
            <source>Looking downstream</source>
            <translation>面向下游</translation>
        </message>
        <message>
            <source>Main stem only</source>
            <translation>仅干流</translation>
        </message>
        <message>
            <source>Main stem where names do not tell</source>
            <translation>河名不能判断时的干流</translation>
        </message>
        <message>
            <source>Make a one map and its project</source>
            <translation>新建一张图及其工程</translation>
        </message>
        <message>
            <source>Makes a directed network of any river lines and lists what is wrong in them, each with a place to look at: gaps, junctions and crossings without a node, duplicate, overlapping and near-parallel lines, loops, parts that are not connected, loose ends, and directions that contradict one another or the outlet.

Nothing is mended unless it is chosen. The direction of flow is that of digitising, unless outlets, an elevation model or fields tell it. The issues output lists what was mended and what remains.</source>
            <translation>把任意河流线整理成有流向的河网,并逐条列出其中的问题和位置:端点缺口、缺少节点的交汇与相交、重复线、重叠线和近平行双线、环、不连通部分、悬空端点,以及彼此矛盾或到不了出口的流向。

未勾选的一律不修复。流向默认按数字化方向,也可由出口点、高程模型或字段确定。问题图层列出已修复的和仍存在的问题。</translation>
        </message>
        <message>
            <source>Making the one map</source>
            <translation>正在生成一张图</translation>
        </message>
        <message>
            <source>Mana&amp;gement area</source>
            <translation>管理范围(&amp;G)</translation>
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
            <source>Measure the bank distance from</source>
            <translation>岸边距离起算线</translation>
        </message>
        <message>
            <source>Mend</source>
            <translation>修复内容</translation>
        </message>
        <message>
            <source>Mend nothing in the river layer</source>
            <translation>不修复河流图层</translation>
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
            <source>Metres along the river; upstream +, downstream −</source>
            <translation>沿河道量算，上游为正，下游为负</translation>
        </message>
        <message>
            <source>Metres between two ends, or an end and a line, that are meant to meet.</source>
            <translation>两个端点之间、或端点与线之间,视为应当相接的距离(米)。</translation>
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
            <source>More than one river is in reach: say which one is meant</source>
            <translation>附近不止一条河流，请选定是哪一条</translation>
        </message>
        <message>
            <source>Near miss</source>
            <translation>近而未接</translation>
        </message>
        <message>
            <source>Network nodes</source>
            <translation>河网节点</translation>
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
            <source>No zone: see the issues.</source>
            <translation>未能画出管控范围，原因见“问题”。</translation>
        </message>
        <message>
            <source>Note</source>
            <translation>说明</translation>
        </message>
        <message>
            <source>Of the raster, in metres of the city's CGCS2000 3-degree zone.</source>
            <translation>栅格像元的大小,以本市CGCS2000三度带的米计。</translation>
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
            <source>One polygon for each connected river.</source>
            <translation>每条相连的河流一个面。</translation>
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
            <source>Optional GeoTIFF with the verdict of each cell, judged at its centre.</source>
            <translation>可选。GeoTIFF,每个像元按其中心点给出结论。</translation>
        </message>
        <message>
            <source>Optional report with each clause quoted beside the site's situation.</source>
            <translation>可选报告,逐条列出条款原文与本项目情况。</translation>
        </message>
        <message>
            <source>Optional workbook with the areas by verdict and by clause.</source>
            <translation>可选。按结论和按条款统计面积的工作簿。</translation>
        </message>
        <message>
            <source>Optional workbook with the board, a list to clear for each clause, and what to ask which department.</source>
            <translation>可选的工作簿：看板、各条款的销号台账，以及需向各部门函询的事项。</translation>
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
            <source>Outlets</source>
            <translation>出口点</translation>
        </message>
        <message>
            <source>Outside the jurisdiction</source>
            <translation>界外</translation>
        </message>
        <message>
            <source>PDF (*.pdf);;PNG image (*.png);;SVG drawing (*.svg)</source>
            <translation>PDF (*.pdf);;PNG 图像 (*.png);;SVG 图形 (*.svg)</translation>
        </message>
        <message>
            <source>Pick a section or a place on a river.</source>
            <translation>请在地图上点选断面或河流上的位置。</translation>
        </message>
        <message>
            <source>Pick on the map</source>
            <translation>在地图上点选</translation>
        </message>
        <message>
            <source>Place on {river}</source>
            <translation>{river}上的点选位置</translation>
        </message>
        <message>
            <source>Plan board</source>
            <translation>方案落实看板</translation>
        </message>
        <message>
            <source>Plants</source>
            <translation>热源</translation>
        </message>
        <message>
            <source>Point downstream</source>
            <translation>下游点</translation>
        </message>
        <message>
            <source>Point upstream</source>
            <translation>上游点</translation>
        </message>
        <message>
            <source>Points of the sections. Fields used where present: uid or section_id, name, and river, which decides between two rivers that are both within the tolerance.</source>
            <translation>断面点。如有以下字段则使用:uid 或 section_id、name、river(容差内有两条河流时据此确定)。</translation>
        </message>
        <message>
            <source>Points of the sections. Optional.</source>
            <translation>断面点位，可不选。</translation>
        </message>
        <message>
            <source>Points or lines. The trace ends, square to the river, where it meets one.</source>
            <translation>点或线。追溯遇闸坝即止,端部垂直于河道。</translation>
        </message>
        <message>
            <source>Points where the water leaves. Every reach connected to one is directed towards it.</source>
            <translation>水流流出的位置。与出口点相连的每条河段都朝向它。</translation>
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
            <source>Polygons of the ground to look at, such as a county or a township.</source>
            <translation>要研判的范围面,如一个县或一个乡镇。</translation>
        </message>
        <message>
            <source>Polygons of the land survey (DLTB), or any polygons of a river's water.</source>
            <translation>国土调查图斑(DLTB),或任何河流水面的面图层。</translation>
        </message>
        <message>
            <source>Polygons of water and floodplain. Optional.</source>
            <translation>水面和滩地的面，可不选。</translation>
        </message>
        <message>
            <source>Polygons within the management line. With them the bank distance counts from that line.</source>
            <translation>河道管理范围面。提供后,岸边距离自管理范围线起算。</translation>
        </message>
        <message>
            <source>Polygons within the river management line. Optional.</source>
            <translation>河道管理范围线以内的面，可不选。</translation>
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
            <source>Reaches</source>
            <translation>河段数</translation>
        </message>
        <message>
            <source>Reaches marked as artificial canals are not part of the river network.</source>
            <translation>标为人工渠道的河段不参与河网。</translation>
        </message>
        <message>
            <source>Reading of the rule</source>
            <translation>规则口径</translation>
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
            <source>Repairs</source>
            <translation>修复数</translation>
        </message>
        <message>
            <source>Report</source>
            <translation>报告</translation>
        </message>
        <message>
            <source>Result</source>
            <translation>结果</translation>
        </message>
        <message>
            <source>River Section</source>
            <translation>断面管控</translation>
        </message>
        <message>
            <source>River Section Panel</source>
            <translation>断面管控面板</translation>
        </message>
        <message>
            <source>River Section…</source>
            <translation>断面管控…</translation>
        </message>
        <message>
            <source>River centreline</source>
            <translation>河道中心线</translation>
        </message>
        <message>
            <source>River channel</source>
            <translation>河道(面)</translation>
        </message>
        <message>
            <source>River channel from land survey</source>
            <translation>由国土调查图斑推算河道</translation>
        </message>
        <message>
            <source>River lines, digitised in the direction of flow.</source>
            <translation>河线，按水流方向数字化。</translation>
        </message>
        <message>
            <source>River lines, digitised in the direction of flow. Fields used where present: river (name), width_m (width of the channel), accuracy_m (positional accuracy).</source>
            <translation>按水流方向绘制的河流线。如有以下字段则使用:river(河名)、width_m(河道宽度)、accuracy_m(定位精度)。</translation>
        </message>
        <message>
            <source>River lines. Fields used where present: uid, river (name), width_m (width of the channel), accuracy_m (positional accuracy), canal.</source>
            <translation>河流线。有下列字段时会使用:uid、river(河名)、width_m(河宽)、accuracy_m(位置精度)、canal(人工渠道)。</translation>
        </message>
        <message>
            <source>River management area</source>
            <translation>河道管理范围</translation>
        </message>
        <message>
            <source>River name</source>
            <translation>河名</translation>
        </message>
        <message>
            <source>River network</source>
            <translation>河网检查</translation>
        </message>
        <message>
            <source>River section</source>
            <translation>断面管控</translation>
        </message>
        <message>
            <source>River width to assume where none is known; half of it is listed as to be verified.</source>
            <translation>河宽不明处采用的河宽；其半宽内的要素列为待核实。</translation>
        </message>
        <message>
            <source>Rivers</source>
            <translation>河流</translation>
        </message>
        <message>
            <source>Rows not computable</source>
            <translation>无法计算项数</translation>
        </message>
        <message>
            <source>Rows of the board</source>
            <translation>看板行数</translation>
        </message>
        <message>
            <source>Rows overdue</source>
            <translation>逾期项数</translation>
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
            <source>Say what is to be built: the facility type is empty.</source>
            <translation>请说明拟建什么:设施类型为空。</translation>
        </message>
        <message>
            <source>Sections traced</source>
            <translation>已追溯断面数</translation>
        </message>
        <message>
            <source>Severity</source>
            <translation>级别</translation>
        </message>
        <message>
            <source>Severity raster</source>
            <translation>严重程度栅格</translation>
        </message>
        <message>
            <source>Shortest branch</source>
            <translation>最短支汊</translation>
        </message>
        <message>
            <source>Show or hide the EnvZones panel</source>
            <translation>显示或隐藏一张图面板</translation>
        </message>
        <message>
            <source>Show the whole control zone on the map</source>
            <translation>在地图上显示整个管控范围</translation>
        </message>
        <message>
            <source>Show where in an area a facility may be built, and what stands against it elsewhere</source>
            <translation>显示范围内何处可以建设某类设施,以及其余各处受哪些条款约束</translation>
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
            <source>Smallest island</source>
            <translation>最小江心洲</translation>
        </message>
        <message>
            <source>Smallest unit capacity (MW)</source>
            <translation>最小单机容量(MW)</translation>
        </message>
        <message>
            <source>Sna&amp;pping</source>
            <translation>捕捉距离(&amp;P)</translation>
        </message>
        <message>
            <source>Snapping tolerance</source>
            <translation>捕捉容差</translation>
        </message>
        <message>
            <source>Sources, confluences, forks, outlets and loose ends.</source>
            <translation>源头、汇合处、分汊处、出口和悬空端点。</translation>
        </message>
        <message>
            <source>Stop at the next section</source>
            <translation>止于下一断面</translation>
        </message>
        <message>
            <source>Straight (m)</source>
            <translation>直线距离(米)</translation>
        </message>
        <message>
            <source>Suitable area</source>
            <translation>适宜区域</translation>
        </message>
        <message>
            <source>Table of areas</source>
            <translation>面积表</translation>
        </message>
        <message>
            <source>Take the section off the map</source>
            <translation>从地图上移去断面及其范围</translation>
        </message>
        <message>
            <source>Targets met</source>
            <translation>达标项数</translation>
        </message>
        <message>
            <source>Targets not met</source>
            <translation>未达标项数</translation>
        </message>
        <message>
            <source>Tells for each line whether it is digitised with the flow or against it.</source>
            <translation>说明每条线是顺流还是逆流数字化的。</translation>
        </message>
        <message>
            <source>The declaration has expired: what depends on this layer is to be verified</source>
            <translation>完整性声明已过期:依赖该图层的结论列为待核实</translation>
        </message>
        <message>
            <source>The environmental control units that each site crosses, with their lists word for word.</source>
            <translation>各项目涉及的环境管控单元(三线一单)及其清单原文。</translation>
        </message>
        <message>
            <source>The features behind the board: listed, not served, counted, falling short, or not to be told.</source>
            <translation>看板所涉的要素：列入的、未覆盖的、计入指标的、未达标的或无法判定的。</translation>
        </message>
        <message>
            <source>The fields of the upper and of the lower node belong together; choose both.</source>
            <translation>上游节点字段和下游节点字段需同时选择,请都选上。</translation>
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
            <source>The pieces, with verdict, clauses, zones and area.</source>
            <translation>各图斑及其结论、条款、区划和面积。</translation>
        </message>
        <message>
            <source>The plan documents whose clauses are checked, and the law in force (national-henan). A document that is not in force on the date is reported for reference only and stays outside the verdict.</source>
            <translation>所研判条款的规划文件,以及现行法规(national-henan)。在研判日期不在有效期内的文件仅列为参考,不计入结论。</translation>
        </message>
        <message>
            <source>The plan documents whose clauses are computed; several make one board.</source>
            <translation>要计算其条款的方案文件；可选多个，合成一个看板。</translation>
        </message>
        <message>
            <source>The plan documents whose clauses count. One that is not in force on the date takes no part.</source>
            <translation>参与研判的文件。在研判日期不在有效期内的文件不参与。</translation>
        </message>
        <message>
            <source>The reaches, digitised with the flow, with stream order, river above and findings.</source>
            <translation>河段,顺流方向,带河流级别、上游河长和所涉问题。</translation>
        </message>
        <message>
            <source>The river pieces traced, with from and to distances.</source>
            <translation>追溯得到的河段及其起止里程。</translation>
        </message>
        <message>
            <source>The same findings where they are polygons: gaps in a service, plots, zones.</source>
            <translation>其中为面的结果：覆盖缺口、地块、区域。</translation>
        </message>
        <message>
            <source>The zone on the left bank, on the right bank and in the channel, looking downstream.</source>
            <translation>面向下游,管控范围的左岸、右岸和河道部分。</translation>
        </message>
        <message>
            <source>This place has no coordinates in CGCS2000.</source>
            <translation>此处无法换算为 CGCS2000 坐标。</translation>
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
            <source>To be verified</source>
            <translation>待核实</translation>
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
            <source>Values for: against the flow</source>
            <translation>表示逆流的取值</translation>
        </message>
        <message>
            <source>Values for: with the flow</source>
            <translation>表示顺流的取值</translation>
        </message>
        <message>
            <source>Values of the direction field, with commas between.</source>
            <translation>流向字段的取值,多个用逗号分隔。</translation>
        </message>
        <message>
            <source>Values of the direction field, with commas between. Empty: common words are understood.</source>
            <translation>流向字段的取值,多个用逗号分隔。留空则识别常用写法。</translation>
        </message>
        <message>
            <source>Verdicts</source>
            <translation>研判结论</translation>
        </message>
        <message>
            <source>Water polygons</source>
            <translation>水面图斑</translation>
        </message>
        <message>
            <source>Waters no farther apart than this are joined as one river, as at a bridge.</source>
            <translation>相距不超过此值的水面按同一条河连接(如桥梁处)。</translation>
        </message>
        <message>
            <source>What is known of the facility, one NAME=VALUE to a line or separated by semicolons, such as capacity_tph=20. A clause that asks for another attribute is to be verified.</source>
            <translation>已知的设施属性,每行一个“名称=值”,或用分号隔开,如 capacity_tph=20。条款所需的其他属性未提供时,列为待核实。</translation>
        </message>
        <message>
            <source>What is to be built, for instance livestock_farm. A wrong name is answered with the nearest ones.</source>
            <translation>拟建设施的类型,如 livestock_farm。名称有误时会提示相近的名称。</translation>
        </message>
        <message>
            <source>What to mend. Each repair is listed in the issues; what is not chosen is listed and left as it is.</source>
            <translation>选择要修复的内容。每处修复都列入问题图层;未选择的只列出,保持原样。</translation>
        </message>
        <message>
            <source>What was joined and what is unclear, with a place to look at.</source>
            <translation>合并了哪些、哪些不明确,均附查看位置。</translation>
        </message>
        <message>
            <source>What was mended and what remains, with a place to look at.</source>
            <translation>已修复的和仍存在的问题,各有位置可查看。</translation>
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
            <source>Where each clause binds, and where that is to be verified.</source>
            <translation>各条款约束成立的范围,以及待核实的范围。</translation>
        </message>
        <message>
            <source>Where the bank distance is measured from</source>
            <translation>两侧距离从哪条线起算</translation>
        </message>
        <message>
            <source>Where the document says “about”, features within this many metres of the bank distance are listed apart, for a look on site. Empty or 0 lists none apart.</source>
            <translation>文件规定为“左右”时,与两岸距离相差在此米数以内的要素单独列出,现场核定。留空或为0时不单列。</translation>
        </message>
        <message>
            <source>Where the river forks below the section, follow the main arm alone instead of all arms.</source>
            <translation>断面下游分汊时,只追溯主汊,不追溯全部汊道。</translation>
        </message>
        <message>
            <source>Which line is the bank is the office's decision; it is written to the zone. Where the layer does not reach, the next best one counts, and the zone says so.</source>
            <translation>以哪条线为岸线由主管部门确定,并写入管控范围。该图层未覆盖处,自河宽或中心线起算,并在管控范围中注明。</translation>
        </message>
        <message>
            <source>Which river?</source>
            <translation>是哪条河？</translation>
        </message>
        <message>
            <source>Widest gap</source>
            <translation>最大间隔</translation>
        </message>
        <message>
            <source>Width of the approximate band</source>
            <translation>“左右”范围半宽</translation>
        </message>
        <message>
            <source>With commas between: 1101 rivers, 1102 lakes, 1103 reservoirs, 1104 ponds, 1107 ditches, each with its sub-classes. Left empty, all polygons are used.</source>
            <translation>以逗号分隔:1101 河流水面、1102 湖泊水面、1103 水库水面、1104 坑塘水面、1107 沟渠,均含其下级地类。留空则使用全部图斑。</translation>
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
            <source>Write the features inside to an Excel ledger</source>
            <translation>把范围内的要素写成 Excel 台账</translation>
        </message>
        <message>
            <source>Write the printed map to a PDF or an image</source>
            <translation>将打印地图导出为 PDF 或图像</translation>
        </message>
        <message>
            <source>Write the result to a file and add it to the project</source>
            <translation>把结果写入文件并加入工程</translation>
        </message>
        <message>
            <source>Writing the documents</source>
            <translation>正在生成文档</translation>
        </message>
        <message>
            <source>Writing the ledger</source>
            <translation>正在写台账</translation>
        </message>
        <message>
            <source>Written to all features, where the polygons are one river.</source>
            <translation>各图斑同属一条河时,写入全部要素。</translation>
        </message>
        <message>
            <source>Zone {area} km²</source>
            <translation>范围 {area} 平方千米</translation>
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
            <source>Zoom to the zone</source>
            <translation>缩放到管控范围</translation>
        </message>
        <message>
            <source>bank from: {what}</source>
            <translation>起算线：{what}</translation>
        </message>
        <message>
            <source>crossings without a node</source>
            <translation>缺少节点的相交处</translation>
        </message>
        <message>
            <source>declared</source>
            <translation>已声明</translation>
        </message>
        <message>
            <source>duplicate lines</source>
            <translation>重复线</translation>
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
            <source>gaps within the tolerance</source>
            <translation>容差内的端点缺口</translation>
        </message>
        <message>
            <source>heat,radius,boiler,power plant,cogeneration,distance,circle</source>
            <translation>供热,半径,锅炉,电厂,热电联产,距离</translation>
        </message>
        <message>
            <source>junctions without a node</source>
            <translation>缺少节点的交汇处</translation>
        </message>
        <message>
            <source>left out</source>
            <translation>不参与</translation>
        </message>
        <message>
            <source>like rivers</source>
            <translation>按河流处理</translation>
        </message>
        <message>
            <source>none</source>
            <translation>无</translation>
        </message>
        <message>
            <source>not declared</source>
            <translation>未声明</translation>
        </message>
        <message>
            <source>off</source>
            <translation>不设</translation>
        </message>
        <message>
            <source>pieces digitised against both their neighbours</source>
            <translation>与上下游都相反的河段</translation>
        </message>
        <message>
            <source>plan,board,target,indicator,inventory,coverage,overdue,ledger,rulebook</source>
            <translation>方案,看板,目标,指标,台账,覆盖,逾期,销号,条款库</translation>
        </message>
        <message>
            <source>pseudo-nodes</source>
            <translation>伪节点</translation>
        </message>
        <message>
            <source>river {km} km</source>
            <translation>河段 {km} 千米</translation>
        </message>
        <message>
            <source>river,channel,centreline,width,land survey,DLTB,1101,skeleton</source>
            <translation>河流,河道,中心线,河宽,国土调查,DLTB,1101,骨架线</translation>
        </message>
        <message>
            <source>river,network,topology,gap,node,direction,flow,repair,check,stream order</source>
            <translation>河网,拓扑,缺口,节点,流向,修复,检查,河流级别,river,network,topology</translation>
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
            <source>suitable,siting,area,rulebook,clause,constraint,severity,raster,zone</source>
            <translation>适宜,选址,区域,法规库,条款,限制,严重程度,栅格,区划</translation>
        </message>
        <message>
            <source>the best layer given</source>
            <translation>自动（所给图层中最优者）</translation>
        </message>
        <message>
            <source>the centreline, or half the width where it is known</source>
            <translation>中心线（河宽已知的按半宽）</translation>
        </message>
        <message>
            <source>the dyke toe</source>
            <translation>堤脚线</translation>
        </message>
        <message>
            <source>the edge of the channel</source>
            <translation>河道面边界</translation>
        </message>
        <message>
            <source>the longest way up</source>
            <translation>上溯最长者</translation>
        </message>
        <message>
            <source>the management line</source>
            <translation>河道管理范围线</translation>
        </message>
        <message>
            <source>the most river above</source>
            <translation>上游河长总和最大者</translation>
        </message>
        <message>
            <source>unnamed river</source>
            <translation>未命名河流</translation>
        </message>
        <message>
            <source>water may run both ways</source>
            <translation>水可双向流动</translation>
        </message>
        <message>
            <source>{book} (for reference only)</source>
            <translation>{book}(仅供参考)</translation>
        </message>
        <message>
            <source>{channels} channels, {length} km of centreline, {issues} issues.</source>
            <translation>河道 {channels} 处,中心线 {length} 千米,问题 {issues} 条。</translation>
        </message>
        <message>
            <source>{edges} reaches in {parts} connected parts; {found} findings, {mended} repairs, {left} remain.</source>
            <translation>河段 {edges} 条,连通部分 {parts} 个;发现问题 {found} 处,修复 {mended} 处,剩余 {left} 处。</translation>
        </message>
        <message>
            <source>{kind}: {before} before, {mended} mended, {after} remain</source>
            <translation>{kind}:修复前 {before} 处,已修复 {mended} 处,剩余 {after} 处</translation>
        </message>
        <message>
            <source>{known}, possibly {possible}</source>
            <translation>{known},可能{possible}</translation>
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
            <source>{n} features</source>
            <translation>要素 {n} 个</translation>
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
            <source>{n} outside the jurisdiction</source>
            <translation>界外 {n} 个</translation>
        </message>
        <message>
            <source>{n} shown</source>
            <translation>显示 {n} 个</translation>
        </message>
        <message>
            <source>{n} to be verified</source>
            <translation>待核实 {n} 个</translation>
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
            <source>{river}, {n} m away</source>
            <translation>{river}，相距 {n} 米</translation>
        </message>
        <message>
            <source>{verdict}: {km2:.2f} km², {ha:.1f} ha, {mu:.0f} mu ({share:.1%})</source>
            <translation>{verdict}:{km2:.2f} km²,{ha:.1f} 公顷,{mu:.0f} 亩({share:.1%})</translation>
        </message>
        <message>
            <source>{zones} sections traced, {features} features found, {issues} issues.</source>
            <translation>已追溯断面 {zones} 个,范围内要素 {features} 个,数据问题 {issues} 个。</translation>
        </message>
    </context>
</TS>
