<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
    <context>
        <name>EnvZones</name>
        <message>
            <source> dpi</source>
            <translation> 点/英寸</translation>
        </message>
        <message>
            <source> m</source>
            <translation>米</translation>
        </message>
        <message>
            <source>&amp;About ±</source>
            <translation>左右 ±(&amp;A)</translation>
        </message>
        <message>
            <source>&amp;Add Files…</source>
            <translation>添加文件(&amp;A)…</translation>
        </message>
        <message>
            <source>&amp;Another system:</source>
            <translation>其他坐标系(&amp;A)：</translation>
        </message>
        <message>
            <source>&amp;As of:</source>
            <translation>基准日(&amp;A):</translation>
        </message>
        <message>
            <source>&amp;Bank</source>
            <translation>两侧(&amp;B)</translation>
        </message>
        <message>
            <source>&amp;Boundary of an area</source>
            <translation>一个面的边界(&amp;B)</translation>
        </message>
        <message>
            <source>&amp;Cancel Import</source>
            <translation>取消导入(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Channel</source>
            <translation>河道面(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;City:</source>
            <translation>行政区(&amp;C):</translation>
        </message>
        <message>
            <source>&amp;Classification:</source>
            <translation>密级(&amp;C)：</translation>
        </message>
        <message>
            <source>&amp;Closed lines are areas</source>
            <translation>闭合线作为面(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Coordinates, or the text of a boundary-point file</source>
            <translation>坐标，或界址点文件的文本(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Copy Table</source>
            <translation>复制表格(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Day:</source>
            <translation>日期(&amp;D)：</translation>
        </message>
        <message>
            <source>&amp;Decimals of coordinates:</source>
            <translation>坐标小数位数(&amp;D)：</translation>
        </message>
        <message>
            <source>&amp;Document number:</source>
            <translation>文号(&amp;N):</translation>
        </message>
        <message>
            <source>&amp;Downstream</source>
            <translation>下游(&amp;D)</translation>
        </message>
        <message>
            <source>&amp;Editor:</source>
            <translation>编辑人(&amp;E):</translation>
        </message>
        <message>
            <source>&amp;Emptied cells empty the field</source>
            <translation>清空的单元格清空字段(&amp;E)</translation>
        </message>
        <message>
            <source>&amp;Encoding</source>
            <translation>编码(&amp;E)</translation>
        </message>
        <message>
            <source>&amp;Ends on:</source>
            <translation>失效日期(&amp;E):</translation>
        </message>
        <message>
            <source>&amp;EnvZones</source>
            <translation>环境管控一张图(&amp;E)</translation>
        </message>
        <message>
            <source>&amp;Export to Excel…</source>
            <translation>导出为 Excel(&amp;E)……</translation>
        </message>
        <message>
            <source>&amp;File:</source>
            <translation>文件(&amp;F)：</translation>
        </message>
        <message>
            <source>&amp;Files (drop them here)</source>
            <translation>文件（可拖放到此）(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;Finish</source>
            <translation>完成(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;Help</source>
            <translation>帮助(&amp;H)</translation>
        </message>
        <message>
            <source>&amp;Hide clear clauses</source>
            <translation>隐藏未涉及的条款(&amp;H)</translation>
        </message>
        <message>
            <source>&amp;Import</source>
            <translation>导入(&amp;I)</translation>
        </message>
        <message>
            <source>&amp;In force from:</source>
            <translation>生效日期(&amp;F):</translation>
        </message>
        <message>
            <source>&amp;Internal use</source>
            <translation>内部使用(&amp;I)</translation>
        </message>
        <message>
            <source>&amp;Items of:</source>
            <translation>统计范围(&amp;I)：</translation>
        </message>
        <message>
            <source>&amp;Jurisdiction</source>
            <translation>辖区(&amp;J)</translation>
        </message>
        <message>
            <source>&amp;Layer or sheet</source>
            <translation>图层或工作表(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Layer whose features are all sites</source>
            <translation>要素全部作为地块的图层(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Layers that can be switched</source>
            <translation>图层可开关(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Ledger:</source>
            <translation>台账(&amp;L):</translation>
        </message>
        <message>
            <source>&amp;Main stem only</source>
            <translation>仅干流(&amp;M)</translation>
        </message>
        <message>
            <source>&amp;Map approval number:</source>
            <translation>审图号(&amp;M)：</translation>
        </message>
        <message>
            <source>&amp;Measure against</source>
            <translation>量测参考图层(&amp;M)</translation>
        </message>
        <message>
            <source>&amp;Nature</source>
            <translation>性质(&amp;N)</translation>
        </message>
        <message>
            <source>&amp;Next &gt;</source>
            <translation>下一步(&amp;N) &gt;</translation>
        </message>
        <message>
            <source>&amp;One map:</source>
            <translation>一张图(&amp;O):</translation>
        </message>
        <message>
            <source>&amp;One page:</source>
            <translation>单页(&amp;O)：</translation>
        </message>
        <message>
            <source>&amp;Open Layer in Map</source>
            <translation>在地图中打开图层(&amp;O)</translation>
        </message>
        <message>
            <source>&amp;Paper:</source>
            <translation>纸张(&amp;P)：</translation>
        </message>
        <message>
            <source>&amp;Points, each a site</source>
            <translation>点，每点一个地块(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Rejected rows go to</source>
            <translation>拒收的行存到(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;Remove</source>
            <translation>移除(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;Rivers</source>
            <translation>河流(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;Row that stays:</source>
            <translation>保留的行(&amp;R):</translation>
        </message>
        <message>
            <source>&amp;Save Template…</source>
            <translation>保存模板(&amp;S)…</translation>
        </message>
        <message>
            <source>&amp;Sections</source>
            <translation>断面(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Sort sites:</source>
            <translation>地块排序(&amp;S)：</translation>
        </message>
        <message>
            <source>&amp;Table…</source>
            <translation>数据库表(&amp;T)…</translation>
        </message>
        <message>
            <source>&amp;Title:</source>
            <translation>标题(&amp;T)：</translation>
        </message>
        <message>
            <source>&amp;Type</source>
            <translation>类型(&amp;T)</translation>
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
            <source>&amp;Write to:</source>
            <translation>保存到(&amp;W)：</translation>
        </message>
        <message>
            <source>'{text}' is not offered here; choose EPSG:4490, gcj02 or bd09, and reproject with QGIS.</source>
            <translation>此处不提供“{text}”；请选 EPSG:4490、gcj02 或 bd09，再用 QGIS 重投影。</translation>
        </message>
        <message>
            <source>(changed)</source>
            <translation>(已修改)</translation>
        </message>
        <message>
            <source>(deleted)</source>
            <translation>(已删除)</translation>
        </message>
        <message>
            <source>(it ended on {day})</source>
            <translation>({day} 到期)</translation>
        </message>
        <message>
            <source>(none)</source>
            <translation>(无)</translation>
        </message>
        <message>
            <source>(nothing: reject these rows)</source>
            <translation>（无对应：拒收这些行）</translation>
        </message>
        <message>
            <source>(until {day})</source>
            <translation>(有效至 {day})</translation>
        </message>
        <message>
            <source>, </source>
            <translation>、</translation>
        </message>
        <message>
            <source>0 A4, 1 A3.</source>
            <translation>0 为 A4，1 为 A3。</translation>
        </message>
        <message>
            <source>0 internal use: marked so. 1 the public: the places of intakes, sources and contaminated plots are left out, other coordinates are rounded, and the map approval number is printed. Left empty: what was chosen for the project, else internal use.</source>
            <translation>0 内部使用:标明“内部资料”。1 公开:不给出取水口、水源地和污染地块的位置,其他坐标取整,并印审图号。留空:按项目中已选的,未选则为内部使用。</translation>
        </message>
        <message>
            <source>0 landscape, 1 portrait.</source>
            <translation>0 横向，1 纵向。</translation>
        </message>
        <message>
            <source>0 new construction, 1 rebuilding, 2 expansion, 3 existing. Left empty, it is unknown and such clauses are to be verified.</source>
            <translation>0 新建,1 改建,2 扩建,3 既有。留空表示未知,相关条款列为待核实。</translation>
        </message>
        <message>
            <source>0 one map, 1 themes, 2 river sections, 3 heat sources, 4 sites, 5 zones, 6 counties.</source>
            <translation>0 一张图，1 专题，2 断面，3 热源，4 地块，5 管控区，6 县（区）、镇。</translation>
        </message>
        <message>
            <source>0 pdf, 1 png, 2 jpg, 3 svg.</source>
            <translation>0 为 pdf，1 为 png，2 为 jpg，3 为 svg。</translation>
        </message>
        <message>
            <source>114.0319 is then 114°3′19″.</source>
            <translation>此时 114.0319 即 114°3′19″。</translation>
        </message>
        <message>
            <source>&lt; &amp;Back</source>
            <translation>&lt; 上一步(&amp;B)</translation>
        </message>
        <message>
            <source>A PDF of a report is made by LibreOffice, which is not installed here; export the report (docx) instead.</source>
            <translation>报告的 PDF 由 LibreOffice 生成，本机未安装；请改为导出报告(docx)。</translation>
        </message>
        <message>
            <source>A PDF reader can then show and hide the layers of the map</source>
            <translation>在 PDF 阅读器中可显示、隐藏图中各图层</translation>
        </message>
        <message>
            <source>A Word document with the office's page set-up, styles, header and footer, for DOCX and PDF.</source>
            <translation>带有本单位页面设置、样式、页眉页脚的 Word 文档,用于 DOCX 和 PDF。</translation>
        </message>
        <message>
            <source>A branch is kept if it reaches this many river widths beyond the bank of the river it leaves.</source>
            <translation>支汊伸出所属河流岸线以外达到此倍数的河宽时才予保留。</translation>
        </message>
        <message>
            <source>A computed radius needs K, I, n and a preset that gives alpha and T; add what is missing.</source>
            <translation>计算半径需要 K、I、n 以及给出 α 和 T 的预设值;请补全。</translation>
        </message>
        <message>
            <source>A copy of the one chosen layer with the chosen repairs.</source>
            <translation>所选单个图层按所选修复处理后的副本。</translation>
        </message>
        <message>
            <source>A csv, xlsx or text file of one table.</source>
            <translation>只含一张表的 csv、xlsx 或文本文件。</translation>
        </message>
        <message>
            <source>A direction such as south: the zone is stretched that way as far as the bounding lines.</source>
            <translation>如“南”:保护区向该方向延伸至边界线。</translation>
        </message>
        <message>
            <source>A document or a code is given, but no water source; give its name.</source>
            <translation>已填写文件或编码,但没有水源地;请填写水源地名称。</translation>
        </message>
        <message>
            <source>A file for each page, named by its title.</source>
            <translation>每页一个文件，以图名命名。</translation>
        </message>
        <message>
            <source>A file geodatabase (.gdb), or a folder of files</source>
            <translation>文件地理数据库（.gdb），或存放文件的文件夹</translation>
        </message>
        <message>
            <source>A hole lies outside its area.</source>
            <translation>内洞在面外。</translation>
        </message>
        <message>
            <source>A layer of the project on which the features should lie: the shift of web maps is measured against it</source>
            <translation>要素应当与之重合的工程图层：据此量测网络地图的偏移</translation>
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
            <source>A mapping of columns to fields that was saved before.</source>
            <translation>以前保存的列与字段对应关系。</translation>
        </message>
        <message>
            <source>A new zone gives way to its neighbours; not where zones are meant to lie inside one another</source>
            <translation>新画区划避让相邻区划;本应相互嵌套的图层(如保护区分级)除外</translation>
        </message>
        <message>
            <source>A one map is a single file, or a shared database, with all pollution-control zones of a city.&lt;br&gt;&lt;br&gt;&lt;b&gt;1.&lt;/b&gt; Make one: start with the demonstration map of Jiyuan, or with an empty map.&lt;br&gt;&lt;b&gt;2.&lt;/b&gt; Draw zones, or import the files that offices have.&lt;br&gt;&lt;b&gt;3.&lt;/b&gt; Ask it: may a project go here, what lies near a river section, how far is the plan carried out.</source>
            <translation>一张图是一个文件(或共享数据库),存放全市的各类环境管控分区。&lt;br&gt;&lt;br&gt;&lt;b&gt;1.&lt;/b&gt; 新建:可从济源示范图开始,也可新建空图。&lt;br&gt;&lt;b&gt;2.&lt;/b&gt; 绘制分区,或导入各单位手头的文件。&lt;br&gt;&lt;b&gt;3.&lt;/b&gt; 提问:项目能否选址于此、断面周边有什么、方案落实到哪一步。</translation>
        </message>
        <message>
            <source>A one-map GeoPackage or a PostgreSQL map (postgresql://host/database or service=name). The zones are inserted in one transaction, none if anything is wrong. Left empty, only the layers are written.</source>
            <translation>一张图的 GeoPackage 或 PostgreSQL 库(postgresql://主机/库 或 service=名称)。保护区在一个事务中写入,有任何错误则全部不写。留空则只输出图层。</translation>
        </message>
        <message>
            <source>A page &amp;each:</source>
            <translation>每个对象一页(&amp;E)：</translation>
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
            <source>A ring has too few points.</source>
            <translation>环的节点太少。</translation>
        </message>
        <message>
            <source>A row without an id of its own gets one from its name and place: the same file meets itself</source>
            <translation>没有标识的行按名称和位置生成标识，因此同一文件再次导入时能认出自己</translation>
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
            <source>A section of the service file pg_service.conf; it takes the place of the host</source>
            <translation>服务文件 pg_service.conf 中的一节,代替主机与端口</translation>
        </message>
        <message>
            <source>A share below 1, such as 0.2.</source>
            <translation>小于 1,如 0.2。</translation>
        </message>
        <message>
            <source>A shared map is a schema of a PostgreSQL database that several people edit. Your password is kept by QGIS's authentication, a service file or the password file; the project never holds it.</source>
            <translation>共享一张图是 PostgreSQL 数据库中供多人共同编辑的一个模式(schema)。密码由 QGIS 的认证管理、服务文件或密码文件保存,工程文件中从不保存密码。</translation>
        </message>
        <message>
            <source>A shared map; open another one with Open a Shared Map…</source>
            <translation>共享一张图;如需更换,请用“打开共享一张图…”</translation>
        </message>
        <message>
            <source>A sheet with the photos before and after; they lie beside the map</source>
            <translation>附整改前后照片页；照片存放在地图文件旁</translation>
        </message>
        <message>
            <source>A sheet with the photos before and after; they lie beside the map.</source>
            <translation>附整改前后照片页；照片放在地图文件旁。</translation>
        </message>
        <message>
            <source>A system that is not among those above</source>
            <translation>上面没有列出的坐标系</translation>
        </message>
        <message>
            <source>A table of a PostGIS database, by its address</source>
            <translation>按地址给出PostGIS数据库中的一张表</translation>
        </message>
        <message>
            <source>A table with one row for each changed cell.</source>
            <translation>每个改动的单元格一行。</translation>
        </message>
        <message>
            <source>A table with one row for each clause and kind of feature, or for each figure.</source>
            <translation>表格，每个条款和对象一行，或每项指标一行。</translation>
        </message>
        <message>
            <source>A zone that was never saved cannot be cancelled; delete it.</source>
            <translation>未曾保存的区划不能取消,请直接删除。</translation>
        </message>
        <message>
            <source>About the distance</source>
            <translation>左右，现场核定</translation>
        </message>
        <message>
            <source>Above their mouths. Left empty, tributaries do not count.</source>
            <translation>自汇入口向上计。留空则不计支流。</translation>
        </message>
        <message>
            <source>Accurac&amp;y</source>
            <translation>精度(&amp;Y)</translation>
        </message>
        <message>
            <source>Accuracy of the survey</source>
            <translation>测量精度</translation>
        </message>
        <message>
            <source>Add</source>
            <translation>添加</translation>
        </message>
        <message>
            <source>Add File…</source>
            <translation>添加文件…</translation>
        </message>
        <message>
            <source>Add Layer…</source>
            <translation>添加图层…</translation>
        </message>
        <message>
            <source>Add Selection</source>
            <translation>添加所选要素</translation>
        </message>
        <message>
            <source>Add a File of Sites</source>
            <translation>添加地块文件</translation>
        </message>
        <message>
            <source>Add a Layer of Sites</source>
            <translation>添加地块图层</translation>
        </message>
        <message>
            <source>Add all features of a layer</source>
            <translation>添加一个图层的全部要素</translation>
        </message>
        <message>
            <source>Add sites first.</source>
            <translation>请先添加地块。</translation>
        </message>
        <message>
            <source>Add the features of a file: shapefile, GeoPackage, KML, GeoJSON, DXF, table, boundary-point TXT, zip; files can be dropped here too</source>
            <translation>添加文件中的要素：shapefile、GeoPackage、KML、GeoJSON、DXF、表格、界址点 TXT、zip；也可将文件拖放到此处</translation>
        </message>
        <message>
            <source>Add the page to the project's layouts, to change it by hand</source>
            <translation>把该页加入工程的布局，以便手工修改</translation>
        </message>
        <message>
            <source>Add the selected features of the active layer</source>
            <translation>添加当前图层中选中的要素</translation>
        </message>
        <message>
            <source>Add to Project</source>
            <translation>加入工程</translation>
        </message>
        <message>
            <source>Address, such as service=planning?schema=public&amp;table=plots (no password in it):</source>
            <translation>地址，如 service=planning?schema=public&amp;table=plots（不含密码）：</translation>
        </message>
        <message>
            <source>Adjust Zone</source>
            <translation>调整区划</translation>
        </message>
        <message>
            <source>Adjust Zone…</source>
            <translation>调整区划…</translation>
        </message>
        <message>
            <source>Adjust zone</source>
            <translation>调整区划</translation>
        </message>
        <message>
            <source>After</source>
            <translation>修改后</translation>
        </message>
        <message>
            <source>All Layers of the Map</source>
            <translation>一张图的全部图层</translation>
        </message>
        <message>
            <source>All answers</source>
            <translation>全部结果</translation>
        </message>
        <message>
            <source>All changes</source>
            <translation>全部改动</translation>
        </message>
        <message>
            <source>All departments</source>
            <translation>全部单位</translation>
        </message>
        <message>
            <source>All effects</source>
            <translation>全部类别</translation>
        </message>
        <message>
            <source>All features of the map are in force on this day.</source>
            <translation>图中全部要素在该日均有效。</translation>
        </message>
        <message>
            <source>All files</source>
            <translation>所有文件</translation>
        </message>
        <message>
            <source>All files (*)</source>
            <translation>所有文件 (*)</translation>
        </message>
        <message>
            <source>All layers of the result in one file, from which documents can be written later.</source>
            <translation>结果的全部图层存为一个文件,以后可据此出具文书。</translation>
        </message>
        <message>
            <source>All of the water is the</source>
            <translation>全部水域为</translation>
        </message>
        <message>
            <source>All pages in one &amp;document</source>
            <translation>各页合为一个文件(&amp;D)</translation>
        </message>
        <message>
            <source>All rows are written in one step, or none.</source>
            <translation>所有行一次写入，或者一行也不写。</translation>
        </message>
        <message>
            <source>All that can be read</source>
            <translation>所有可读取的文件</translation>
        </message>
        <message>
            <source>All themes</source>
            <translation>全部专题</translation>
        </message>
        <message>
            <source>All tributaries by the distance along the river</source>
            <translation>全部支流按沿河距离计入</translation>
        </message>
        <message>
            <source>All types</source>
            <translation>全部类型</translation>
        </message>
        <message>
            <source>All {total} questions are answered.</source>
            <translation>{total} 项均已回答。</translation>
        </message>
        <message>
            <source>Along the river; of outer levels on from the inner one.</source>
            <translation>沿河计;外层级别自内层边界起算。</translation>
        </message>
        <message>
            <source>An area needs three corners or more; click another, or press Esc to give up.</source>
            <translation>面至少要有三个拐点；请继续点击，或按 Esc 放弃。</translation>
        </message>
        <message>
            <source>An intake may lie this far from its river.</source>
            <translation>取水口距河流的容许距离。</translation>
        </message>
        <message>
            <source>An intake may lie this far from its water.</source>
            <translation>取水口距水域的容许距离。</translation>
        </message>
        <message>
            <source>An item lies beyond the edge of the page; it is cut off.</source>
            <translation>有内容超出页面边缘，会被截断。</translation>
        </message>
        <message>
            <source>Apply</source>
            <translation>应用</translation>
        </message>
        <message>
            <source>Approved by</source>
            <translation>批准机关</translation>
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
            <source>Area, ha</source>
            <translation>面积(公顷)</translation>
        </message>
        <message>
            <source>Area, mu</source>
            <translation>面积(亩)</translation>
        </message>
        <message>
            <source>Area, m²</source>
            <translation>面积(m²)</translation>
        </message>
        <message>
            <source>Area, overlaps and nesting of a zone while you draw it</source>
            <translation>绘制时显示区划的面积、重叠与嵌套</translation>
        </message>
        <message>
            <source>Areas of clauses</source>
            <translation>条款约束范围</translation>
        </message>
        <message>
            <source>Arrangement</source>
            <translation>排列方式</translation>
        </message>
        <message>
            <source>As far as the lines towards</source>
            <translation>延伸至边界线的方向</translation>
        </message>
        <message>
            <source>As given</source>
            <translation>按录入顺序</translation>
        </message>
        <message>
            <source>As of</source>
            <translation>截止日期</translation>
        </message>
        <message>
            <source>As of {date}</source>
            <translation>截至 {date}</translation>
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
            <source>As your office states it; the program decides none</source>
            <translation>由本单位确定并标注，程序不作判定</translation>
        </message>
        <message>
            <source>Asked by:</source>
            <translation>涉及条款：</translation>
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
            <source>Avoid Overlaps</source>
            <translation>避免重叠</translation>
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
            <source>Before</source>
            <translation>修改前</translation>
        </message>
        <message>
            <source>Before in grey, after in green</source>
            <translation>灰色为修改前,绿色为修改后</translation>
        </message>
        <message>
            <source>Begin to edit the layer of zones first.</source>
            <translation>请先让区划图层进入编辑状态。</translation>
        </message>
        <message>
            <source>Being edited, shown whole: {layers}</source>
            <translation>正在编辑、显示全部要素:{layers}</translation>
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
            <source>Both</source>
            <translation>全部</translation>
        </message>
        <message>
            <source>Boundary-point text; plots: {n}.</source>
            <translation>界址点文本，地块 {n} 个。</translation>
        </message>
        <message>
            <source>Bounding lines</source>
            <translation>边界线</translation>
        </message>
        <message>
            <source>Bring a shapefile, table, KML, drawing or boundary-point file into a layer of the one map</source>
            <translation>把 shapefile、表格、KML、图纸或界址点文件导入一张图的图层</translation>
        </message>
        <message>
            <source>Bring files as offices send them into a layer of the one map</source>
            <translation>把各单位报送的文件导入一张图的图层</translation>
        </message>
        <message>
            <source>Building the river network</source>
            <translation>正在构建河网</translation>
        </message>
        <message>
            <source>By name</source>
            <translation>按名称</translation>
        </message>
        <message>
            <source>By verdict</source>
            <translation>按结论</translation>
        </message>
        <message>
            <source>CSV files (*.csv)</source>
            <translation>CSV 文件 (*.csv)</translation>
        </message>
        <message>
            <source>Canals</source>
            <translation>人工渠道</translation>
        </message>
        <message>
            <source>Canals, pipelines or rivers; name is used in the description.</source>
            <translation>渠道、管线或河流;name 字段用于范围描述。</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Cancel Check</source>
            <translation>取消检查</translation>
        </message>
        <message>
            <source>Cancel Zone</source>
            <translation>取消区划</translation>
        </message>
        <message>
            <source>Cancel Zone…</source>
            <translation>取消区划…</translation>
        </message>
        <message>
            <source>Cancel zone</source>
            <translation>取消区划</translation>
        </message>
        <message>
            <source>Cancelled.</source>
            <translation>已取消。</translation>
        </message>
        <message>
            <source>Cancelled; nothing was written.</source>
            <translation>已取消,未写入任何成果。</translation>
        </message>
        <message>
            <source>Cancelling…</source>
            <translation>正在取消…</translation>
        </message>
        <message>
            <source>Candidate</source>
            <translation>候选地块</translation>
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
            <source>Chan&amp;ge…</source>
            <translation>更改(&amp;G)…</translation>
        </message>
        <message>
            <source>Changed by Somebody Else</source>
            <translation>他人已修改</translation>
        </message>
        <message>
            <source>Changed {when}</source>
            <translation>{when} 修改</translation>
        </message>
        <message>
            <source>Changes</source>
            <translation>变化</translation>
        </message>
        <message>
            <source>Changes in conflict</source>
            <translation>冲突的改动</translation>
        </message>
        <message>
            <source>Changes ready</source>
            <translation>可应用的改动</translation>
        </message>
        <message>
            <source>Changes refused</source>
            <translation>退回的改动</translation>
        </message>
        <message>
            <source>Channels</source>
            <translation>河道</translation>
        </message>
        <message>
            <source>Chec&amp;k</source>
            <translation>研判(&amp;K)</translation>
        </message>
        <message>
            <source>Check</source>
            <translation>检查</translation>
        </message>
        <message>
            <source>Check A&amp;gain</source>
            <translation>重新检查(&amp;G)</translation>
        </message>
        <message>
            <source>Check Again</source>
            <translation>重新检查</translation>
        </message>
        <message>
            <source>Check Selected Features as Sites</source>
            <translation>将所选要素作为地块研判</translation>
        </message>
        <message>
            <source>Check This Layer</source>
            <translation>检查本图层</translation>
        </message>
        <message>
            <source>Check Whole Layer as Sites</source>
            <translation>将整个图层作为地块研判</translation>
        </message>
        <message>
            <source>Check a layer from the Edit Zones toolbar.</source>
            <translation>请用“编辑区划”工具栏检查图层。</translation>
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
            <source>Check the map for errors of shape, topology and attributes</source>
            <translation>检查一张图的图形、拓扑和属性错误</translation>
        </message>
        <message>
            <source>Check the sites in the list against the chosen rulebooks</source>
            <translation>按所选条款库研判列表中的地块</translation>
        </message>
        <message>
            <source>Check these layers only. A layer is known by the name of its table or file; others are checked for shape and duplicates.</source>
            <translation>只检查这些图层。按表名或文件名识别图层；不认识的图层只查几何与重复。</translation>
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
            <source>Checking the import</source>
            <translation>正在检查导入</translation>
        </message>
        <message>
            <source>Checking the pages</source>
            <translation>正在检查各页</translation>
        </message>
        <message>
            <source>Checking the sites</source>
            <translation>正在研判地块</translation>
        </message>
        <message>
            <source>Checking {layer}</source>
            <translation>检查“{layer}”</translation>
        </message>
        <message>
            <source>Checking {layer}…</source>
            <translation>正在检查“{layer}”…</translation>
        </message>
        <message>
            <source>Checking {title}</source>
            <translation>正在检查{title}</translation>
        </message>
        <message>
            <source>Checks each candidate site against every siting clause of the chosen rulebooks on the one map and gives a verdict with two values: what is known, and what is possible once everything that could not be assessed is verified. Every finding carries its clause, the quotation, the distance and the threshold.

No data is not no constraint: where a layer is not declared complete, or an attribute of the site is unknown, the clause is to be verified. The result is a preliminary assessment; the decision is the office's.</source>
            <translation>将每个候选地块与所选条款库的全部选址条款在一张图上逐条比对,给出两个值的结论:已知结论,以及全部待核实事项核实后可能的结论。每条研判明细均列明条款、原文、距离和限值。

没有数据不等于没有限制:图层未声明完整,或地块属性未知时,相应条款列为待核实。结果为初步研判,最终结论由主管部门审定。</translation>
        </message>
        <message>
            <source>Checks for Many Sites</source>
            <translation>批量研判</translation>
        </message>
        <message>
            <source>Checks layers of the one map, unsaved edits included: invalid shapes with every place, repeated points and spikes, duplicates, overlaps, slivers and gaps, the nesting of protection zones, zones outside the jurisdiction, attributes against their domains and rules, dates that contradict, sections whose target is weaker than their zone demands, and coordinates that look swapped or shifted (GCJ-02).

Each finding has a severity, a place, and how to mend it. Nothing is changed: repairs that are chosen go into a new layer.</source>
            <translation>检查一张图的图层（含未保存的编辑）：无效几何及其每一处位置、重复点与尖刺、重复要素、重叠、碎屑与缝隙、保护区嵌套、越出辖区、属性的值域与规则、相互矛盾的日期、目标弱于所在保护区要求的断面，以及疑似经纬互换或偏移（GCJ-02）的坐标。

每条问题给出级别、位置和改正办法。不改动原数据：所选修复写入新图层。</translation>
        </message>
        <message>
            <source>Checks use the rulebooks that are ticked</source>
            <translation>检查时采用已勾选的条款库</translation>
        </message>
        <message>
            <source>Choose a field with fixed values above to see what its words mean.</source>
            <translation>在上面选中有值域的字段，查看其词语的含义。</translation>
        </message>
        <message>
            <source>Choose a layer, or type a part of its name</source>
            <translation>选择图层，或输入其名称的一部分</translation>
        </message>
        <message>
            <source>Choose a ledger that the office has edited; its changes are shown before any of them is written.</source>
            <translation>请选择单位修改过的台账;先显示改动,再写入。</translation>
        </message>
        <message>
            <source>Choose a rejected row to see where it is.</source>
            <translation>选中一条拒收的行，查看其位置。</translation>
        </message>
        <message>
            <source>Choose a row to see it on the map</source>
            <translation>选中一行即可在地图上查看</translation>
        </message>
        <message>
            <source>Choose a system to see where the features would lie.</source>
            <translation>选择一个坐标系，查看要素将落在何处。</translation>
        </message>
        <message>
            <source>Choose a vector layer in the layer tree first, and select features of it.</source>
            <translation>请先在图层树中选定一个矢量图层，并选中其要素。</translation>
        </message>
        <message>
            <source>Choose at least one layer to write.</source>
            <translation>请至少选择一个要导出的图层。</translation>
        </message>
        <message>
            <source>Choose files, folders or archives. Nothing is written before the last page; coordinates are asked on the next.</source>
            <translation>选择文件、文件夹或压缩包。到最后一页之前不写入任何数据；坐标系在下一页确认。</translation>
        </message>
        <message>
            <source>Choose the layer of rivers first (under Layers).</source>
            <translation>请先在“图层”中选择河流图层。</translation>
        </message>
        <message>
            <source>Choose the layer that receives the rows and confirm which column becomes which field; the rest is kept too.</source>
            <translation>选择接收数据的图层，确认哪一列对应哪个字段；其余的列也会保留。</translation>
        </message>
        <message>
            <source>Choose the type to see what else is asked.</source>
            <translation>选定类型后显示还需回答的问题。</translation>
        </message>
        <message>
            <source>Choose what the cursor snaps to</source>
            <translation>选择光标捕捉到什么</translation>
        </message>
        <message>
            <source>Choose what they are in:</source>
            <translation>请选择坐标系：</translation>
        </message>
        <message>
            <source>Choose what they are in; nothing is moved unasked.</source>
            <translation>请选择坐标系；未经确认不作任何移动。</translation>
        </message>
        <message>
            <source>City or county</source>
            <translation>市(县)</translation>
        </message>
        <message>
            <source>Classification</source>
            <translation>密级</translation>
        </message>
        <message>
            <source>Clauses</source>
            <translation>条款</translation>
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
            <source>Click Sites</source>
            <translation>点选地块</translation>
        </message>
        <message>
            <source>Click a cell to take that value; otherwise those of the row that stays are kept.</source>
            <translation>点击单元格即采用该值;否则沿用保留行的值。</translation>
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
            <source>Click adds the site, Shift holds the card, Esc ends</source>
            <translation>单击加入候选地块，按住 Shift 定住卡片，Esc 结束</translation>
        </message>
        <message>
            <source>Click along a boundary, road or river on the map: the selected zone's edge follows it exactly</source>
            <translation>沿地图上的边界、道路或河流点击:选中区划的边与之完全重合</translation>
        </message>
        <message>
            <source>Click two different places on the boundary.</source>
            <translation>请在边界上点击两个不同的位置。</translation>
        </message>
        <message>
            <source>Clicked place</source>
            <translation>点选位置</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Close this list</source>
            <translation>关闭此清单</translation>
        </message>
        <message>
            <source>Closed items found again</source>
            <translation>销号后又发现的问题数</translation>
        </message>
        <message>
            <source>Closed polylines of a drawing, closed tracks of a phone</source>
            <translation>图纸中的闭合多段线、手机轨迹中的闭合线</translation>
        </message>
        <message>
            <source>Cogeneration plants only</source>
            <translation>仅热电联产</translation>
        </message>
        <message>
            <source>Column for {field}</source>
            <translation>“{field}”对应的列</translation>
        </message>
        <message>
            <source>Column with shapes as WKT, in place of two columns</source>
            <translation>以WKT写图形的列，可代替两个坐标列</translation>
        </message>
        <message>
            <source>Column with the east coordinate or the longitude</source>
            <translation>东坐标或经度所在的列</translation>
        </message>
        <message>
            <source>Column with the north coordinate or the latitude</source>
            <translation>北坐标或纬度所在的列</translation>
        </message>
        <message>
            <source>Columns and codes</source>
            <translation>列名和代码</translation>
        </message>
        <message>
            <source>Compare Sites</source>
            <translation>地块比选</translation>
        </message>
        <message>
            <source>Compares what is in force on two days: zones delineated, adjusted, cancelled and run out in between, each with its document and the areas before and after on the ellipsoid. The pieces gained and lost are a layer of their own.</source>
            <translation>比较两个日期有效的区划：其间划定、调整、取消和期满的区划，各附文号及前后椭球面积。增加和减少的部分另成一个图层。</translation>
        </message>
        <message>
            <source>Compare…</source>
            <translation>比较…</translation>
        </message>
        <message>
            <source>Complete</source>
            <translation>完整性</translation>
        </message>
        <message>
            <source>Compute</source>
            <translation>计算</translation>
        </message>
        <message>
            <source>Compute Again</source>
            <translation>重新计算</translation>
        </message>
        <message>
            <source>Compute from the map how far plan documents are carried out</source>
            <translation>由一张图计算方案文件的落实情况</translation>
        </message>
        <message>
            <source>Compute the board first.</source>
            <translation>请先计算看板。</translation>
        </message>
        <message>
            <source>Compute the board from the map as it is now, unsaved edits included</source>
            <translation>按地图现状计算看板，未保存的编辑也计入</translation>
        </message>
        <message>
            <source>Computes every clause of the chosen rulebooks that lists features, asks for a service or sets a figure: what is listed and what of it is settled, what is not served, and each figure with numerator, denominator and source against the target of the year. Each row is met, not met or not computable, with the days it is overdue and the features behind it.

What the map does not say widens a figure to the range of values that are still possible: it is met only if the whole range is. A layer that is missing or not declared complete is named. Documents that are no longer in force are reference only, but what is overdue under them stays overdue.</source>
            <translation>计算所选条款库中需要列清单、要求覆盖或设定指标的每一条款：列入多少、已销号多少，哪些尚未覆盖，各项指标的分子、分母、数据来源及其与当年目标的比较。每行给出达标、未达标或无法计算，以及逾期天数和所涉要素。

图上没有的信息会使指标成为仍可能取值的区间：整个区间都达到目标才算达标。缺少或未声明完整的图层会逐一指出。已不在有效期内的文件只作参考，但其下逾期未完成的仍为逾期。</translation>
        </message>
        <message>
            <source>Computing the plan board</source>
            <translation>正在计算方案落实看板</translation>
        </message>
        <message>
            <source>Connected parts</source>
            <translation>连通部分数</translation>
        </message>
        <message>
            <source>Connected; but you may read no map in this database. Ask its administrator for the role of a reader.</source>
            <translation>已连接,但您无权读取该数据库中的任何一张图,请向数据库管理员申请读取角色。</translation>
        </message>
        <message>
            <source>Connected; maps: {maps}</source>
            <translation>已连接;可用的一张图:{maps}</translation>
        </message>
        <message>
            <source>Connecting…</source>
            <translation>正在连接…</translation>
        </message>
        <message>
            <source>Content</source>
            <translation>内容</translation>
        </message>
        <message>
            <source>Control Units Crossed</source>
            <translation>涉及的环境管控单元</translation>
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
            <source>Convert coordinates (GCJ-02, BD-09, old datums)</source>
            <translation>坐标转换(GCJ-02、BD-09、旧坐标系)</translation>
        </message>
        <message>
            <source>Converted</source>
            <translation>转换结果</translation>
        </message>
        <message>
            <source>Coordinate reference system</source>
            <translation>坐标系</translation>
        </message>
        <message>
            <source>Coordinates</source>
            <translation>坐标</translation>
        </message>
        <message>
            <source>Coordinates are in</source>
            <translation>坐标所属坐标系</translation>
        </message>
        <message>
            <source>Coordinates of {file}</source>
            <translation>{file} 的坐标系</translation>
        </message>
        <message>
            <source>Coordinates: {n}.</source>
            <translation>坐标 {n} 个。</translation>
        </message>
        <message>
            <source>Copied to {path}</source>
            <translation>已复制到 {path}</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <source>Copy Clause</source>
            <translation>复制本条</translation>
        </message>
        <message>
            <source>Copy Result</source>
            <translation>复制结果</translation>
        </message>
        <message>
            <source>Copy Whole Result</source>
            <translation>复制全部结果</translation>
        </message>
        <message>
            <source>Copy as Table</source>
            <translation>复制为表格</translation>
        </message>
        <message>
            <source>Copy the Table</source>
            <translation>复制表格</translation>
        </message>
        <message>
            <source>Copy the features shown to the clipboard</source>
            <translation>把所示要素复制到剪贴板</translation>
        </message>
        <message>
            <source>Copy the rows that are shown, to paste into a spreadsheet</source>
            <translation>复制当前显示的各行，可粘贴到电子表格</translation>
        </message>
        <message>
            <source>Copy this shipped file to the folder; changes to the copy count from then on</source>
            <translation>将该内置文件复制到文件夹,此后以修改后的副本为准</translation>
        </message>
        <message>
            <source>Copy to Change It</source>
            <translation>复制后修改</translation>
        </message>
        <message>
            <source>Corners of the hull</source>
            <translation>外包线转角</translation>
        </message>
        <message>
            <source>Counties</source>
            <translation>县（区）、镇</translation>
        </message>
        <message>
            <source>Create</source>
            <translation>新建</translation>
        </message>
        <message>
            <source>Credentials</source>
            <translation>凭据</translation>
        </message>
        <message>
            <source>Cut zones at roads, dykes or other lines and keep one side, or draw what such lines enclose</source>
            <translation>按道路、河堤等线切割并保留一侧,或划出这些线所围的区域</translation>
        </message>
        <message>
            <source>Cuts an area into pieces by what the siting clauses of the chosen rulebooks say of a facility there: no constraint found, notes only, allowed with conditions, restricted or refused. Each piece names its clauses and zones and gives its area in km², hectares and mu. A point anywhere in a piece gets the same verdict from the siting check; a site with an outline is to be checked by itself.

Hatched pieces could still turn out graver: a layer is missing or not declared complete there, an attribute of the facility is not given, a distance is the office's own, or the place lies within the positional accuracy of a zone's edge. The result is a preliminary assessment; the decision is the office's.</source>
            <translation>按所选法规库的选址条款,将研究范围划分为互不重叠的图斑:未见限制、提示、通过(附条件)、受限、不通过。每个图斑列出所涉条款和区划,并给出平方千米、公顷、亩三种面积。图斑内任意一点的结论与选址研判一致;有范围的地块应另作选址研判。

带斜线的图斑结论可能更严:图层缺失或未声明完整、设施属性未提供、距离为本单位工作距离,或位于区划边界定位精度以内。结果为初步研判,以主管部门审定为准。</translation>
        </message>
        <message>
            <source>Cuts polygons at named roads, dykes, contours or ridge lines and keeps the side on which the given points lie. Without polygons it draws the ground that the lines enclose about one point, as a quadrilateral of four roads.

A line that ends inside a polygon, or a loop that is open, is refused with the place and the gap.</source>
            <translation>按有名称的道路、河堤、等高线或山脊线切割面,保留所给点所在的一侧。不给面时,划出这些线围绕一个点所围成的区域,如四条道路所围的四边形。

线在面内中断或围线未闭合的,不予绘制,并指出位置和缺口。</translation>
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
            <source>Data that the map shows was declared complete only until before {day}: {names}.</source>
            <translation>地图所示数据的完整性声明在 {day} 之前已到期：{names}。</translation>
        </message>
        <message>
            <source>Database</source>
            <translation>数据库</translation>
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
            <source>Date of the ledger</source>
            <translation>统计日期</translation>
        </message>
        <message>
            <source>Date of the return</source>
            <translation>收回日期</translation>
        </message>
        <message>
            <source>Date of the run</source>
            <translation>运行日期</translation>
        </message>
        <message>
            <source>Deadline: {day}</source>
            <translation>期限：{day}</translation>
        </message>
        <message>
            <source>Decides on conditions and notes</source>
            <translation>关系到附加条件与提示</translation>
        </message>
        <message>
            <source>Decides on prohibitions</source>
            <translation>关系到是否禁止</translation>
        </message>
        <message>
            <source>Decides on restrictions</source>
            <translation>关系到是否受限</translation>
        </message>
        <message>
            <source>Decimal places of a degree that coordinates are rounded to</source>
            <translation>坐标（度）保留的小数位数</translation>
        </message>
        <message>
            <source>Decimal places of a degree; 4 are about 10 m.</source>
            <translation>以度为单位的小数位数;4 位约合 10 米。</translation>
        </message>
        <message>
            <source>Decimals of public coordinates</source>
            <translation>公开成果坐标的小数位数</translation>
        </message>
        <message>
            <source>Declare Complete…</source>
            <translation>声明完整…</translation>
        </message>
        <message>
            <source>Declare a Layer Complete</source>
            <translation>声明图层完整</translation>
        </message>
        <message>
            <source>Declared complete: where it shows nothing, there is nothing</source>
            <translation>已声明完整:图上没有即为没有</translation>
        </message>
        <message>
            <source>Delineate a corridor</source>
            <translation>划定沿线保护区</translation>
        </message>
        <message>
            <source>Delineate by roads and dykes</source>
            <translation>按道路河堤划定</translation>
        </message>
        <message>
            <source>Delineate from a vertex table</source>
            <translation>按拐点坐标表划定</translation>
        </message>
        <message>
            <source>Delineate lake intake zones</source>
            <translation>划定湖库取水口保护区</translation>
        </message>
        <message>
            <source>Delineate river intake zones</source>
            <translation>划定河流取水口保护区</translation>
        </message>
        <message>
            <source>Delineate well zones</source>
            <translation>划定水井保护区</translation>
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
            <source>Details</source>
            <translation>详情</translation>
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
            <source>Distance</source>
            <translation>距离</translation>
        </message>
        <message>
            <source>Distance (m)</source>
            <translation>距离(米)</translation>
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
            <source>Distance from the zone that the clause names</source>
            <translation>到条款所指区划的距离</translation>
        </message>
        <message>
            <source>Document &amp;date:</source>
            <translation>发文日期(&amp;D):</translation>
        </message>
        <message>
            <source>Document date</source>
            <translation>发文日期</translation>
        </message>
        <message>
            <source>Document number</source>
            <translation>文号</translation>
        </message>
        <message>
            <source>Documents say outside the dyke, or on both sides; which line that is, is written to the zone.</source>
            <translation>文件称“河堤外”或“两侧”;以哪条线起算将记入保护区。</translation>
        </message>
        <message>
            <source>Dots per inch.</source>
            <translation>每英寸点数。</translation>
        </message>
        <message>
            <source>Double lines</source>
            <translation>双线</translation>
        </message>
        <message>
            <source>Double-click a word to say what it means</source>
            <translation>双击词语，指定其含义</translation>
        </message>
        <message>
            <source>Double-click to see where on the page</source>
            <translation>双击可在页面上查看位置</translation>
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
            <source>Draw a Site</source>
            <translation>绘制地块</translation>
        </message>
        <message>
            <source>Draw a circle about an intake on the water alone, and a strip of land along the shore</source>
            <translation>以取水口为圆心只取水域画圆,并沿岸边划陆域</translation>
        </message>
        <message>
            <source>Draw a line across zones; each part becomes a zone</source>
            <translation>画一条线穿过区划,各部分成为单独的区划</translation>
        </message>
        <message>
            <source>Draw a printed map of each site or section into the document</source>
            <translation>在文档中附各地块或断面的专题图</translation>
        </message>
        <message>
            <source>Draw a zone from a document's table of coordinates</source>
            <translation>由文件中的拐点坐标表画出区划</translation>
        </message>
        <message>
            <source>Draw a zone so many metres on either side of a canal or another line</source>
            <translation>沿渠道等线状要素两侧各若干米划定保护区</translation>
        </message>
        <message>
            <source>Draw an area: right click or Enter closes it, Backspace takes a corner back, Esc gives up</source>
            <translation>绘制面：右键或回车闭合，退格键撤销一个拐点，Esc 放弃</translation>
        </message>
        <message>
            <source>Draw sections' control zones and list what lies in them</source>
            <translation>划定各断面管控范围并列出其中要素</translation>
        </message>
        <message>
            <source>Draw the zones of a group of wells: circles, outer hull and offset, or offsets in directions</source>
            <translation>划定井群保护区:圆、外包线加外扩,或按方向外推</translation>
        </message>
        <message>
            <source>Draw zones from a table of boundary vertices in degrees, minutes and seconds, degrees or metres</source>
            <translation>按度分秒、度或米的拐点坐标表划定保护区</translation>
        </message>
        <message>
            <source>Draw zones so many metres up and down a river from an intake, and from its bank or dyke</source>
            <translation>自取水口沿河上下游各若干米、自河岸或河堤外若干米划定保护区</translation>
        </message>
        <message>
            <source>Draw, edit or select one zone of the active layer.</source>
            <translation>请在当前图层中绘制、编辑或选中一个区划。</translation>
        </message>
        <message>
            <source>Drawing pages: {n}</source>
            <translation>正在出图，共 {n} 页</translation>
        </message>
        <message>
            <source>Drawing the control zone</source>
            <translation>正在画管控范围</translation>
        </message>
        <message>
            <source>Drawing the maps</source>
            <translation>正在出图</translation>
        </message>
        <message>
            <source>Draws a zone along lines, so many true metres on either side, or on each side its own. Left and right are as seen along the direction in which a line was digitised. The ends are square, or round.</source>
            <translation>沿线两侧各若干真实米数划定保护区,两侧可不同。左右以线的绘制方向为准。端头为平头或圆头。</translation>
        </message>
        <message>
            <source>Draws the heat-supply radius around each heat and power plant as a circle of true metres on the CGCS2000 ellipsoid and decides for each boiler, by its distance and not by the drawn circle, whether it lies within; its nearest plant and the distance are given either way.

A plant that does not say whether it is a cogeneration plant, or how large its units are, is unknown, not excluded: what rests on it is listed as to be verified.</source>
            <translation>以 CGCS2000 椭球上的真实米数绘制每座热源的供热半径,并按实际距离(而非所绘圆形)判定每台锅炉是否位于半径以内;无论是否位于其内,均给出最近热源及距离。

热源未注明是否热电联产或单机容量时,按未知处理而不排除,由此得出的结果列为待核实。</translation>
        </message>
        <message>
            <source>Draws the zones of a group of wells: a circle about each well, the outer hull of the wells and so many metres about it, or lines so many metres from named wells in a direction. Named roads, dykes or rivers bound the zone; the side of the wells stays.

The radius is the document's or the office's, comes from a preset that is to be verified, or is computed as R = alpha K I T / n from figures that are asked for. Levels are measured from the wells.</source>
            <translation>划定井群保护区:各井外围的圆、井群外包线及其外围若干米,或自指定水井向某方向若干米的线。以有名称的道路、河堤或河流为界,保留水井一侧。

半径出自文件或本单位,或取待核实的预设值,或由所填参数按 R=α·K·I·T/n 计算。各级别均自水井起算。</translation>
        </message>
        <message>
            <source>Draws the zones of intakes on lakes and reservoirs: the water within so many metres of the intake, and the land so many metres from the shore on the intake's side. The shore is the edge of the water polygon that is given; where a document names a contour, give the polygon drawn at that contour.</source>
            <translation>划定湖泊、水库取水口的保护区:取水口外围若干米的水域,以及取水口一侧距岸边若干米的陆域。岸边即所给水域面的边线;文件以高程为准时,请给出按该高程绘制的水域面。</translation>
        </message>
        <message>
            <source>Draws the zones of river intakes as documents describe them: so many metres upstream and downstream along the river, the water between the two cuts, and the land so many metres from the bank, the dyke or the management line. The outer levels are measured on from the cuts of the inner one. Tributaries count so many metres above their mouths, by the distance along the river, or not at all.

Water and land are rows of their own. Every figure is written with the zone and with its owner: the document, the office, or a preset that is to be verified.</source>
            <translation>按文件的表述划定河流取水口保护区:沿河上游、下游各若干米,两断面之间为水域,河岸、河堤或管理范围线外若干米为陆域。外层级别自内层的上、下边界起算。支流按汇入口以上若干米、按沿河距离计入,或不计入。

水域、陆域各为一个要素。每个数值连同其出处(文件、本单位或待核实的预设值)一并记录。</translation>
        </message>
        <message>
            <source>Draws zones from the table of boundary vertices of a document: numbers, longitudes and latitudes in degrees, minutes and seconds (in signs or in Chinese), in degrees, or in projected metres. The boundary follows the numbers. One that crosses itself is refused with the place, and so is a closing point that differs from the first.

How exact the zone is follows from the last digit: whole seconds are good to about 15 m, and sites near such a boundary are said to be near it.</source>
            <translation>按文件的拐点坐标表划定保护区:序号及度分秒(符号或汉字)、度或投影米坐标。边界按序号连线。自相交的边界不予绘制并指出位置,末点与首点同名而坐标不同的也不予绘制。

精度由末位数字推定:整秒坐标约 ±15 米,靠近此类边界的点位会注明临近边界。</translation>
        </message>
        <message>
            <source>Drinking-water zones</source>
            <translation>饮用水水源保护区</translation>
        </message>
        <message>
            <source>Drop files here; they are imported one after the other</source>
            <translation>把文件拖到这里，将逐个导入</translation>
        </message>
        <message>
            <source>Dyke toe lines</source>
            <translation>堤脚线</translation>
        </message>
        <message>
            <source>E&amp;xport despite errors</source>
            <translation>有错误也导出(&amp;X)</translation>
        </message>
        <message>
            <source>E&amp;xport folder:</source>
            <translation>导出文件夹(&amp;X):</translation>
        </message>
        <message>
            <source>EPSG:4490, gcj02 or bd09.</source>
            <translation>EPSG:4490、gcj02 或 bd09。</translation>
        </message>
        <message>
            <source>EPSG:4547, EPSG:4526, gcj02, bd09 … Left empty, what the file declares.</source>
            <translation>EPSG:4547、EPSG:4526、gcj02、bd09 等。留空则按文件声明。</translation>
        </message>
        <message>
            <source>Ea&amp;st</source>
            <translation>东坐标(&amp;S)</translation>
        </message>
        <message>
            <source>Each click on the map is a site</source>
            <translation>在地图上每点一下即为一个地块</translation>
        </message>
        <message>
            <source>Each feature that a rule asks to close, restrict or rectify becomes one item of the map with a problem number that is never given twice. Run again, items that are there are brought up to date and keep their number and what people entered; what is no longer found is listed, never deleted.

Give the layers of findings of one or several runs. Tick Try only to see what would be written.</source>
            <translation>凡条款要求关停、限制或整改的要素，各登记为一张图中的一个问题，问题编号永不重复。再次运行时，已有问题予以更新，编号和人工填写的内容不变；不再发现的只列出，绝不删除。

请给出一次或多次运行得到的“发现”图层。勾选“仅试算”可先看将写入什么。</translation>
        </message>
        <message>
            <source>Each site with what is known and what is possible.</source>
            <translation>每个地块的已知结论和可能结论。</translation>
        </message>
        <message>
            <source>Edit Zones</source>
            <translation>编辑区划</translation>
        </message>
        <message>
            <source>Edit Zones Toolbar</source>
            <translation>编辑区划工具栏</translation>
        </message>
        <message>
            <source>Edited Ledger</source>
            <translation>修改后的台账</translation>
        </message>
        <message>
            <source>Edited ledger</source>
            <translation>修改后的台账</translation>
        </message>
        <message>
            <source>Edits of items that are not saved are not in the ledger.</source>
            <translation>尚未保存的问题编辑不计入台账。</translation>
        </message>
        <message>
            <source>Effective porosity n</source>
            <translation>有效孔隙度 n</translation>
        </message>
        <message>
            <source>Elevation model</source>
            <translation>高程模型</translation>
        </message>
        <message>
            <source>Ellipsoid</source>
            <translation>椭球面</translation>
        </message>
        <message>
            <source>Else an empty cell changes nothing</source>
            <translation>否则空单元格不作改动</translation>
        </message>
        <message>
            <source>Else an empty cell changes nothing.</source>
            <translation>否则空单元格不作改动。</translation>
        </message>
        <message>
            <source>Emptied cells empty the field</source>
            <translation>清空的单元格清空字段</translation>
        </message>
        <message>
            <source>Empty map with all layers</source>
            <translation>空图(含全部图层)</translation>
        </message>
        <message>
            <source>Encoding</source>
            <translation>编码</translation>
        </message>
        <message>
            <source>End the selected zone by a document; it is kept in the history</source>
            <translation>按文件取消选中区划,历史中予以保留</translation>
        </message>
        <message>
            <source>End the trace where it meets another section of the layer.</source>
            <translation>追溯到图层中另一断面处为止。</translation>
        </message>
        <message>
            <source>Ends</source>
            <translation>端头</translation>
        </message>
        <message>
            <source>Ends of lines may be prolonged straight by so many metres to close a gap.</source>
            <translation>线的端点可沿直线延长不超过此米数,以闭合缺口。</translation>
        </message>
        <message>
            <source>Enter the day from which it counts.</source>
            <translation>请填写起算日期。</translation>
        </message>
        <message>
            <source>Enter the document's date.</source>
            <translation>请填写发文日期。</translation>
        </message>
        <message>
            <source>Enter the document's number.</source>
            <translation>请填写文号。</translation>
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
            <source>EnvZones Project Settings</source>
            <translation>EnvZones 工程设置</translation>
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
            <source>EnvZones: sections, zones and clauses</source>
            <translation>环境管控一张图:断面、分区与条款</translation>
        </message>
        <message>
            <source>Errors</source>
            <translation>错误</translation>
        </message>
        <message>
            <source>Errors: {errors}, warnings: {warnings}. Errors stop the export.</source>
            <translation>错误 {errors} 项，警告 {warnings} 项。有错误时不导出。</translation>
        </message>
        <message>
            <source>Every page carries the map approval number. Places of layers that must not be told, such as drinking-water intakes and contaminated plots, are left out of maps, tables and files; other coordinates are rounded.</source>
            <translation>每页印审图号。不得公开位置的图层（如饮用水取水口、污染地块）不在图件、表格和文件中出现，其他坐标取整。</translation>
        </message>
        <message>
            <source>Every page says that it is for internal use, with the classification as your office states it. All places are shown as exactly as they are known.</source>
            <translation>每页印“内部资料”及本单位标注的密级，各类位置按已知精度如实表示。</translation>
        </message>
        <message>
            <source>Example</source>
            <translation>示例</translation>
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
            <source>Exceptions the documents make</source>
            <translation>文件所列例外</translation>
        </message>
        <message>
            <source>Exchange the two coordinates of every point</source>
            <translation>互换每个点的两个坐标</translation>
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
            <source>Export</source>
            <translation>导出</translation>
        </message>
        <message>
            <source>Export All the Same</source>
            <translation>照常导出</translation>
        </message>
        <message>
            <source>Export Layers…</source>
            <translation>导出图层…</translation>
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
            <source>Export PDF</source>
            <translation>导出 PDF</translation>
        </message>
        <message>
            <source>Export Report</source>
            <translation>导出报告</translation>
        </message>
        <message>
            <source>Export Web Page</source>
            <translation>导出网页</translation>
        </message>
        <message>
            <source>Export ledger and report</source>
            <translation>导出台账和报告</translation>
        </message>
        <message>
            <source>Export maps</source>
            <translation>导出地图</translation>
        </message>
        <message>
            <source>Export to Excel</source>
            <translation>导出为 Excel</translation>
        </message>
        <message>
            <source>Export zones</source>
            <translation>导出区划</translation>
        </message>
        <message>
            <source>Export…</source>
            <translation>导出…</translation>
        </message>
        <message>
            <source>Facilities of {n} sites, which differ</source>
            <translation>{n} 个地块的设施（不相同）</translation>
        </message>
        <message>
            <source>Facility</source>
            <translation>设施</translation>
        </message>
        <message>
            <source>Facility of new sites</source>
            <translation>新增地块的设施</translation>
        </message>
        <message>
            <source>Facility of {name}</source>
            <translation>{name}的设施</translation>
        </message>
        <message>
            <source>Facility of {n} sites</source>
            <translation>{n} 个地块的设施</translation>
        </message>
        <message>
            <source>Facility type</source>
            <translation>设施类型</translation>
        </message>
        <message>
            <source>Far apart beyond</source>
            <translation>相距较远的界限</translation>
        </message>
        <message>
            <source>Faults of the input, in the result's layer of issues: {n}.</source>
            <translation>输入问题 {n} 个，见结果中的问题图层。</translation>
        </message>
        <message>
            <source>Feature</source>
            <translation>要素</translation>
        </message>
        <message>
            <source>Feature {id} of {layer}</source>
            <translation>{layer}的要素{id}</translation>
        </message>
        <message>
            <source>Features ({n})</source>
            <translation>要素（{n}）</translation>
        </message>
        <message>
            <source>Features Found</source>
            <translation>查到的要素</translation>
        </message>
        <message>
            <source>Features are hidden in {n} layers.</source>
            <translation>有 {n} 个图层隐藏了当日无效的要素。</translation>
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
            <source>Field</source>
            <translation>字段</translation>
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
            <source>Field whose text stands at the shapes of a DXF, or names the places of a KML.</source>
            <translation>DXF 图形旁的注记文字,或 KML 地标名称所取的字段。</translation>
        </message>
        <message>
            <source>Figures for levels that are left empty here. They are from memory, written as to be verified, and can be edited in a copy of delineation_presets.yaml in the profile's folder.</source>
            <translation>此处留空的级别采用预设值。预设值凭记忆录入,记为待核实;可在用户目录下的 delineation_presets.yaml 副本中修改。</translation>
        </message>
        <message>
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>File to import</source>
            <translation>要导入的文件</translation>
        </message>
        <message>
            <source>Files</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>Files in the folder</source>
            <translation>文件夹中的文件格式</translation>
        </message>
        <message>
            <source>Files in this folder take the place of the shipped ones of the same name:</source>
            <translation>此文件夹中的文件优先于同名的内置文件:</translation>
        </message>
        <message>
            <source>Files that can be imported ({patterns})</source>
            <translation>可导入的文件 ({patterns})</translation>
        </message>
        <message>
            <source>Files to Import</source>
            <translation>选择要导入的文件</translation>
        </message>
        <message>
            <source>Files to import</source>
            <translation>要导入的文件</translation>
        </message>
        <message>
            <source>Files written</source>
            <translation>写出文件数</translation>
        </message>
        <message>
            <source>Filter the features</source>
            <translation>筛选要素</translation>
        </message>
        <message>
            <source>Filtering layers: {n} left…</source>
            <translation>正在筛选图层,还剩 {n} 个…</translation>
        </message>
        <message>
            <source>Find in clauses</source>
            <translation>在条款中查找</translation>
        </message>
        <message>
            <source>Find in the board</source>
            <translation>在看板中查找</translation>
        </message>
        <message>
            <source>Find layers…</source>
            <translation>查找图层…</translation>
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
            <source>First rows</source>
            <translation>前几行</translation>
        </message>
        <message>
            <source>First {n} rows of {layer} ({format})</source>
            <translation>{layer}的前{n}行（{format}）</translation>
        </message>
        <message>
            <source>Fixed value of {field}</source>
            <translation>“{field}”的固定值</translation>
        </message>
        <message>
            <source>Flaws</source>
            <translation>问题数</translation>
        </message>
        <message>
            <source>Fly to Place</source>
            <translation>定位到地图</translation>
        </message>
        <message>
            <source>Fol&amp;der…</source>
            <translation>文件夹(&amp;D)…</translation>
        </message>
        <message>
            <source>Folder</source>
            <translation>文件夹</translation>
        </message>
        <message>
            <source>Folder to Import</source>
            <translation>选择要导入的文件夹</translation>
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
            <source>For a repaired layer choose exactly one layer, and what to mend.</source>
            <translation>要输出修复图层，请只选一个图层，并选择要修复的内容。</translation>
        </message>
        <message>
            <source>For offices that have no river lines: joins the water polygons of the land survey (DLTB, class 1101 and others) across parcel borders and bridges into one channel for each river, and draws its centreline with the width along it. Islands leave two arms, tributaries meet in a node, the ends reach the ends of the polygon.

The direction of flow comes from a point upstream and one downstream, or from an elevation model; without them it is listed as unknown. Both layers can be given to the river section. Everything derived is marked as derived.</source>
            <translation>用于没有河流线图层的单位:把国土调查的水面图斑(DLTB,地类 1101 等)跨图斑界线和桥梁合并为每条河一个河道面,并绘出带沿程河宽的中心线。江心洲两侧各留一汊,支流交汇于节点,两端延伸至河道面尽头。

流向由上游、下游各一点或高程模型确定;两者都没有时列为流向未定。两个图层均可直接用于断面分析。推算所得要素均注明为推算。</translation>
        </message>
        <message>
            <source>For phone maps that draw everything in GCJ-02 or BD-09. Such a file lies 500 to 1300 m off and says so in its name; it is not for measuring or exchange.</source>
            <translation>供采用 GCJ-02 或 BD-09 的手机地图使用。此类文件偏移 500~1300 m,并在名称中注明;不可用于测量和数据交换。</translation>
        </message>
        <message>
            <source>For sites that do not state it themselves: 0 new construction, 1 rebuilding, 2 expansion, 3 existing. Left empty, it is unknown and such clauses are to be verified.</source>
            <translation>用于自身未注明项目性质的地块:0 新建,1 改建,2 扩建,3 既有。留空即为未知,相关条款列为待核实。</translation>
        </message>
        <message>
            <source>For whom</source>
            <translation>使用范围</translation>
        </message>
        <message>
            <source>For whom are the maps, ledgers and reports of this project? The answer stays with the project.</source>
            <translation>本工程的图件、台账和报告供谁使用？选择随工程保存。</translation>
        </message>
        <message>
            <source>For&amp;mat:</source>
            <translation>格式(&amp;M)：</translation>
        </message>
        <message>
            <source>For:</source>
            <translation>用途：</translation>
        </message>
        <message>
            <source>From</source>
            <translation>起</translation>
        </message>
        <message>
            <source>From an old datum: dx,dy,dz (m), rx,ry,rz (arc seconds), scale (ppm), position vector.</source>
            <translation>由旧坐标系转换：dx,dy,dz(米)，rx,ry,rz(秒)，尺度(ppm)，位置矢量法。</translation>
        </message>
        <message>
            <source>From column</source>
            <translation>来自列</translation>
        </message>
        <message>
            <source>From the bank (m)</source>
            <translation>距岸(米)</translation>
        </message>
        <message>
            <source>From the bank outward. Left empty, the water alone.</source>
            <translation>自河岸向外计。留空则只划水域。</translation>
        </message>
        <message>
            <source>GCJ-02,BD-09,CGCS2000,Xi'an 80,Beijing 54,datum,shift,web map,Amap,Baidu,convert</source>
            <translation>GCJ-02,BD-09,CGCS2000,西安80,北京54,坐标系,偏移,网络地图,高德,百度,转换</translation>
        </message>
        <message>
            <source>Gained and lost</source>
            <translation>增减部分</translation>
        </message>
        <message>
            <source>Gaps within 1 m, missing nodes and pieces digitised against both their neighbours are mended for the trace and listed in the issues. Tick it to have them listed as errors instead.</source>
            <translation>1 米以内的断头、缺失的节点以及与上下游方向均相反的河段,在追溯时自动修复并列入问题清单。勾选后不修复,列为错误。</translation>
        </message>
        <message>
            <source>General</source>
            <translation>常规</translation>
        </message>
        <message>
            <source>GeoPackage (*.gpkg)</source>
            <translation>GeoPackage 文件 (*.gpkg)</translation>
        </message>
        <message>
            <source>GeoPackages (*.gpkg)</source>
            <translation>GeoPackage 文件 (*.gpkg)</translation>
        </message>
        <message>
            <source>GeoPackages that the checks wrote, one of each kind at most, all made for one day.</source>
            <translation>各项研判写出的 GeoPackage,每类至多一个,研判日期须相同。</translation>
        </message>
        <message>
            <source>Geore&amp;ferenced</source>
            <translation>带地理坐标(&amp;F)</translation>
        </message>
        <message>
            <source>Give offsets in directions or radii, not both.</source>
            <translation>按方向外推与半径只能二选一。</translation>
        </message>
        <message>
            <source>Give the one map, or choose layers to check.</source>
            <translation>请给出一张图，或选择要检查的图层。</translation>
        </message>
        <message>
            <source>Give the selected zone its new extent by a document; the old one is kept</source>
            <translation>按文件给选中区划以新范围,原范围保留</translation>
        </message>
        <message>
            <source>Go on editing; nothing is saved</source>
            <translation>继续编辑,不保存</translation>
        </message>
        <message>
            <source>Guide</source>
            <translation>使用指南</translation>
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
            <source>Heat sources</source>
            <translation>热源</translation>
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
            <source>Help</source>
            <translation>帮助</translation>
        </message>
        <message>
            <source>Hide clauses that concern no site</source>
            <translation>隐藏各地块均未涉及的条款</translation>
        </message>
        <message>
            <source>Hide features that are not in force on this day. Checks read the whole map in any case.</source>
            <translation>隐藏该日不在有效期内的要素;各项检查始终读取整张图,不受影响。</translation>
        </message>
        <message>
            <source>Hold a site under the mouse: verdict and nearest constraints follow it</source>
            <translation>让地块跟随鼠标,实时显示研判结论与最近的约束</translation>
        </message>
        <message>
            <source>Holds an edited ledger of items against the map, by problem number. Columns may have been moved, added or deleted; rows that are gone are named and never deleted in the map. A change that the item's state does not allow is refused with its reason; one of a field that the map has changed too, since the ledger was written, is a conflict.

Without Apply nothing is written: the table shows what would be.</source>
            <translation>按问题编号,将修改后的问题台账与图对照。栏目可以移动、增加或删除;台账中已没有的行会列出,图中绝不删除。问题状态不允许的改动予以退回并说明原因;台账写出后图上也改过的字段列为冲突。

不选“应用”时不写入任何内容,只列出将有的改动。</translation>
        </message>
        <message>
            <source>Host</source>
            <translation>主机</translation>
        </message>
        <message>
            <source>How exactly the place is known; a boundary nearer than this is said to be near</source>
            <translation>位置的精度；距边界小于此值时会注明“临近边界”</translation>
        </message>
        <message>
            <source>How far are the plans carried out?</source>
            <translation>方案落实到哪一步?</translation>
        </message>
        <message>
            <source>How far each clause of the plans is carried out</source>
            <translation>方案各条款的落实进展</translation>
        </message>
        <message>
            <source>How far sites may lie from where they are drawn, unless a site says otherwise</source>
            <translation>点位可能偏离图上位置的距离;点位另有说明的除外</translation>
        </message>
        <message>
            <source>How many clauses of the chosen rulebooks look at the layer</source>
            <translation>已选条款库中涉及该图层的条款数</translation>
        </message>
        <message>
            <source>How reaches marked as artificial canals are taken.</source>
            <translation>标记为人工渠道的河段如何处理。</translation>
        </message>
        <message>
            <source>How the bytes of the text are read; change it while you watch the rows below</source>
            <translation>文字按何种编码读取；更改时请看下面各行是否正确</translation>
        </message>
        <message>
            <source>How the coordinates are written</source>
            <translation>坐标的写法</translation>
        </message>
        <message>
            <source>How the corridor ends.</source>
            <translation>两端的形状。</translation>
        </message>
        <message>
            <source>How to mend</source>
            <translation>如何改正</translation>
        </message>
        <message>
            <source>Hydraulic conductivity K</source>
            <translation>渗透系数 K</translation>
        </message>
        <message>
            <source>Hydraulic gradient I</source>
            <translation>水力坡度 I</translation>
        </message>
        <message>
            <source>If the map has the row &amp;already</source>
            <translation>一张图中已有该行时(&amp;A)</translation>
        </message>
        <message>
            <source>Import</source>
            <translation>导入</translation>
        </message>
        <message>
            <source>Import &amp;Next File</source>
            <translation>导入下一个文件(&amp;N)</translation>
        </message>
        <message>
            <source>Import &amp;Next File ({n} left)</source>
            <translation>导入下一个文件（还有{n}个）(&amp;N)</translation>
        </message>
        <message>
            <source>Import Files</source>
            <translation>导入文件</translation>
        </message>
        <message>
            <source>Import Files…</source>
            <translation>导入文件…</translation>
        </message>
        <message>
            <source>Import into This Layer…</source>
            <translation>导入到本图层…</translation>
        </message>
        <message>
            <source>Import template</source>
            <translation>导入模板</translation>
        </message>
        <message>
            <source>Import template (*.yaml *.yml)</source>
            <translation>导入模板 (*.yaml *.yml)</translation>
        </message>
        <message>
            <source>Import templates (*.yaml *.yml)</source>
            <translation>导入模板 (*.yaml *.yml)</translation>
        </message>
        <message>
            <source>Import zones</source>
            <translation>导入区划数据</translation>
        </message>
        <message>
            <source>Importing {file}</source>
            <translation>正在导入{file}</translation>
        </message>
        <message>
            <source>Importing {file}…</source>
            <translation>正在导入{file}…</translation>
        </message>
        <message>
            <source>In a single PDF or SVG.</source>
            <translation>仅用于单幅 PDF 或 SVG。</translation>
        </message>
        <message>
            <source>In conflict</source>
            <translation>冲突</translation>
        </message>
        <message>
            <source>In force on {day}</source>
            <translation>{day} 有效</translation>
        </message>
        <message>
            <source>In radii. Left empty, the preset's, or 2.</source>
            <translation>以半径的倍数计。留空则取预设值或 2。</translation>
        </message>
        <message>
            <source>In the OSGeo4W set-up choose python3-geopandas (it brings shapely), or install QGIS from its all-in-one installer, which has both; then restart QGIS.</source>
            <translation>请在 OSGeo4W 安装程序中选装 python3-geopandas(会一并安装 shapely),或使用自带两者的 QGIS 独立安装包,然后重新启动 QGIS。</translation>
        </message>
        <message>
            <source>In the ledger</source>
            <translation>台账中</translation>
        </message>
        <message>
            <source>In the map</source>
            <translation>图中</translation>
        </message>
        <message>
            <source>In the office's own words, printed on products for internal use.</source>
            <translation>密级,按本单位的写法,印在内部成果上。</translation>
        </message>
        <message>
            <source>In the project's coordinate system</source>
            <translation>按工程的投影坐标系计算</translation>
        </message>
        <message>
            <source>Indexing the one map</source>
            <translation>正在为一张图建立索引</translation>
        </message>
        <message>
            <source>Information</source>
            <translation>说明</translation>
        </message>
        <message>
            <source>Insert into the map</source>
            <translation>写入一张图</translation>
        </message>
        <message>
            <source>Inside</source>
            <translation>范围内</translation>
        </message>
        <message>
            <source>Instead of a radius: wells, direction and metres, with semicolons between, as in W8,W9,W10 north 50; W8 east 50; W10 west 50. Several wells are one line.</source>
            <translation>代替半径:水井、方向和米数,以分号分隔,如 W8,W9,W10 north 50; W8 east 50; W10 west 50。多口井即一线。</translation>
        </message>
        <message>
            <source>Instead of the shore on the intake's side alone.</source>
            <translation>而不只是取水口一侧的岸边。</translation>
        </message>
        <message>
            <source>Intakes</source>
            <translation>取水口</translation>
        </message>
        <message>
            <source>Intakes on or beside the water.</source>
            <translation>水中或岸边的取水口。</translation>
        </message>
        <message>
            <source>Intakes or wells; without polygons, one point inside the loop.</source>
            <translation>取水口或水井;不给面时,为围线内的一个点。</translation>
        </message>
        <message>
            <source>Intakes, or what the document measures from.</source>
            <translation>取水口,或文件据以起算的位置。</translation>
        </message>
        <message>
            <source>Internal Use or the Public</source>
            <translation>内部使用或公开</translation>
        </message>
        <message>
            <source>Internal use</source>
            <translation>内部使用</translation>
        </message>
        <message>
            <source>Internal use or the public, classification, map approval number, office</source>
            <translation>内部使用或公开、密级、审图号、编制单位</translation>
        </message>
        <message>
            <source>Into &amp;layer</source>
            <translation>导入到图层(&amp;L)</translation>
        </message>
        <message>
            <source>Into layer</source>
            <translation>导入到图层</translation>
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
            <source>Issues that are areas</source>
            <translation>面状问题</translation>
        </message>
        <message>
            <source>It cannot count before the document was issued.</source>
            <translation>起算日期不能早于发文日期。</translation>
        </message>
        <message>
            <source>Items</source>
            <translation>问题数</translation>
        </message>
        <message>
            <source>Items Ledger</source>
            <translation>问题台账</translation>
        </message>
        <message>
            <source>Items Ledger…</source>
            <translation>问题台账…</translation>
        </message>
        <message>
            <source>Items brought up to date</source>
            <translation>更新问题数</translation>
        </message>
        <message>
            <source>Items changed</source>
            <translation>改动的问题数</translation>
        </message>
        <message>
            <source>Items ledger</source>
            <translation>问题整改销号台账</translation>
        </message>
        <message>
            <source>Items no longer found</source>
            <translation>不再发现的问题</translation>
        </message>
        <message>
            <source>Items overdue</source>
            <translation>逾期问题数</translation>
        </message>
        <message>
            <source>Items registered</source>
            <translation>登记问题数</translation>
        </message>
        <message>
            <source>Items that are not closed and that this run no longer finds: to be verified and closed.</source>
            <translation>尚未销号而本次不再发现的问题：应予核实并销号。</translation>
        </message>
        <message>
            <source>Items that this run registered.</source>
            <translation>本次运行登记的问题。</translation>
        </message>
        <message>
            <source>Items unchanged</source>
            <translation>未变问题数</translation>
        </message>
        <message>
            <source>Its coordinates are in</source>
            <translation>其坐标所属坐标系</translation>
        </message>
        <message>
            <source>Its id or title, for example a section's number. Left empty: all of them, a page each.</source>
            <translation>编号或名称，例如断面编号。留空：全部打印，每个一页。</translation>
        </message>
        <message>
            <source>Join the selected zones; choose whose values stay</source>
            <translation>合并选中的区划,并选择保留谁的属性</translation>
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
            <source>Keep</source>
            <translation>保留</translation>
        </message>
        <message>
            <source>Keep &amp;mine (delete it)</source>
            <translation>保留我的(&amp;M)(删除该行)</translation>
        </message>
        <message>
            <source>Keep &amp;mine (put the row back with my edit)</source>
            <translation>保留我的(&amp;M)(恢复该行并带上我的修改)</translation>
        </message>
        <message>
            <source>Keep &amp;mine (the history keeps both)</source>
            <translation>保留我的(&amp;M)(历史中两者都有)</translation>
        </message>
        <message>
            <source>Keep &amp;theirs (give up my edit of this row)</source>
            <translation>保留他人的(&amp;T)(放弃我对该行的修改)</translation>
        </message>
        <message>
            <source>Keep as Layers</source>
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
            <source>Keep the result beside the project and show it as layers</source>
            <translation>把结果存在工程旁，并作为图层显示</translation>
        </message>
        <message>
            <source>Keep the zone's left and right strip as a layer of their own, too</source>
            <translation>保留结果时，另把左岸、右岸范围存为单独的图层</translation>
        </message>
        <message>
            <source>Keep theirs</source>
            <translation>保留他人的修改</translation>
        </message>
        <message>
            <source>Keep this mapping and the coordinate system for files like this one</source>
            <translation>保存字段对应关系和坐标系，供同类文件使用</translation>
        </message>
        <message>
            <source>Kept in source_fields: {columns}.</source>
            <translation>保留在source_fields中：{columns}。</translation>
        </message>
        <message>
            <source>Label field</source>
            <translation>注记字段</translation>
        </message>
        <message>
            <source>Land classes</source>
            <translation>地类编码</translation>
        </message>
        <message>
            <source>Land on all shores in the circle</source>
            <translation>圆内各岸均划陆域</translation>
        </message>
        <message>
            <source>Landscape</source>
            <translation>横向</translation>
        </message>
        <message>
            <source>Layer</source>
            <translation>图层</translation>
        </message>
        <message>
            <source>Layer '{layer}' has unsaved edits; save or discard them, then import.</source>
            <translation>图层“{layer}”有未保存的编辑；请保存或放弃后再导入。</translation>
        </message>
        <message>
            <source>Layer '{layer}' is no layer of findings: it has no field {fields}.</source>
            <translation>图层“{layer}”不是“发现”图层：缺少字段 {fields}。</translation>
        </message>
        <message>
            <source>Layer and Fields</source>
            <translation>图层与字段</translation>
        </message>
        <message>
            <source>Layer {name} takes no filter; it shows all features.</source>
            <translation>图层“{name}”不支持筛选,仍显示全部要素。</translation>
        </message>
        <message>
            <source>Layer, sheet or member</source>
            <translation>图层、工作表或压缩包成员</translation>
        </message>
        <message>
            <source>Layer, sheet, or file of an archive</source>
            <translation>图层、工作表，或压缩包中的文件</translation>
        </message>
        <message>
            <source>Layers</source>
            <translation>图层</translation>
        </message>
        <message>
            <source>Layers of findings of the plan board, the river section or the siting check, over features of the map.</source>
            <translation>计划看板、断面排查或选址研判对一张图要素得出的“发现”图层。</translation>
        </message>
        <message>
            <source>Layers of the map hold nothing: {names}.</source>
            <translation>地图中的下列图层没有要素：{names}。</translation>
        </message>
        <message>
            <source>Layers that can be switched</source>
            <translation>可开关的图层</translation>
        </message>
        <message>
            <source>Layers that cannot be opened are missing from the map: {names}.</source>
            <translation>下列图层无法打开，地图上缺失：{names}。</translation>
        </message>
        <message>
            <source>Layers to write. A layer is known by the name of its table or file; titles, codes and colours of known layers are used. Shapefile, GeoJSON, CSV and TXT become one file per layer.</source>
            <translation>要导出的图层。按数据表名或文件名识别图层;已知图层使用其标题、代码和颜色。shapefile、GeoJSON、CSV 和 TXT 每个图层一个文件。</translation>
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
            <source>Layouts of the project</source>
            <translation>工程中的布局</translation>
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
            <source>Ledger (xlsx)…</source>
            <translation>台账(xlsx)…</translation>
        </message>
        <message>
            <source>Ledgers, reports and maps of the result</source>
            <translation>导出结果的台账、报告和专题图</translation>
        </message>
        <message>
            <source>Left and right looking downstream.</source>
            <translation>面向下游分左右。</translation>
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
            <source>Left empty, as on the left.</source>
            <translation>留空则与左侧相同。</translation>
        </message>
        <message>
            <source>Left empty, the field is found by its usual names, such as DLBM.</source>
            <translation>留空时按常用字段名(如 DLBM)查找。</translation>
        </message>
        <message>
            <source>Left empty, the field source_name of the input.</source>
            <translation>留空则取输入图层的 source_name 字段。</translation>
        </message>
        <message>
            <source>Left empty, the ground that the lines enclose is drawn.</source>
            <translation>留空则划出这些线所围的区域。</translation>
        </message>
        <message>
            <source>Left empty, the short name of the map's jurisdiction.</source>
            <translation>留空则用一张图辖区的简称。</translation>
        </message>
        <message>
            <source>Left empty, the water alone.</source>
            <translation>留空则只划水域。</translation>
        </message>
        <message>
            <source>Left empty: CGCS2000 for degrees, the zone that eight-digit eastings begin with for metres.</source>
            <translation>留空时:度为 CGCS2000,米按八位横坐标前两位的带号。</translation>
        </message>
        <message>
            <source>Left empty: what the results are called.</source>
            <translation>留空:按结果的名称。</translation>
        </message>
        <message>
            <source>Length of the centreline in metres</source>
            <translation>中心线长度(米)</translation>
        </message>
        <message>
            <source>Let the project speak of the day on which it is opened</source>
            <translation>工程以每次打开当天为准</translation>
        </message>
        <message>
            <source>Level {level} has land or tributaries, but no metres upstream and downstream.</source>
            <translation>级别 {level} 填写了陆域或支流,但没有上、下游米数。</translation>
        </message>
        <message>
            <source>Lines</source>
            <translation>线</translation>
        </message>
        <message>
            <source>Lines along the landward toes of the dykes.</source>
            <translation>沿河堤背水侧堤脚的线。</translation>
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
            <source>Lines running downstream, with river and width_m.</source>
            <translation>顺流绘制的线,可带 river 和 width_m 字段。</translation>
        </message>
        <message>
            <source>Lines that run side by side within this distance are listed; 0 does not look for them.</source>
            <translation>相距在此值以内并行的线会列出;填 0 则不检查。</translation>
        </message>
        <message>
            <source>List Features</source>
            <translation>列出要素</translation>
        </message>
        <message>
            <source>List the boilers within a plant's heat-supply radius</source>
            <translation>列出热源供热半径内的锅炉</translation>
        </message>
        <message>
            <source>List the zones that differ between two days, with areas gained and lost</source>
            <translation>列出两个日期之间有变化的区划及其增减面积</translation>
        </message>
        <message>
            <source>List what is wrong in the layer, unsaved edits included</source>
            <translation>列出图层中的问题(含未保存的修改)</translation>
        </message>
        <message>
            <source>List what is wrong in the one map or in any layer, and how to mend it</source>
            <translation>列出一张图或任一图层中的问题及改正办法</translation>
        </message>
        <message>
            <source>Listing the features in the control zone</source>
            <translation>正在列出管控范围内的要素</translation>
        </message>
        <message>
            <source>Load &amp;Template…</source>
            <translation>载入模板(&amp;T)…</translation>
        </message>
        <message>
            <source>Load an Import Template</source>
            <translation>载入导入模板</translation>
        </message>
        <message>
            <source>Looking at the coordinates</source>
            <translation>正在研判坐标</translation>
        </message>
        <message>
            <source>Looking at the coordinates…</source>
            <translation>正在研判坐标…</translation>
        </message>
        <message>
            <source>Looking at {file}</source>
            <translation>正在查看{file}</translation>
        </message>
        <message>
            <source>Looking downstream</source>
            <translation>面向下游</translation>
        </message>
        <message>
            <source>Made for</source>
            <translation>用途</translation>
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
            <source>Make a layer of the one map active and select a feature.</source>
            <translation>请激活一张图中的图层并选中一个要素。</translation>
        </message>
        <message>
            <source>Make a layer of zones active.</source>
            <translation>请激活一个面状区划图层。</translation>
        </message>
        <message>
            <source>Make a one map and its project</source>
            <translation>新建一张图及其工程</translation>
        </message>
        <message>
            <source>Make items to be rectified of what a plan board, a section or a check found</source>
            <translation>把计划看板、断面排查或选址研判的发现登记为整改问题</translation>
        </message>
        <message>
            <source>Make numbered items to be rectified of what the board found</source>
            <translation>把看板查出的问题登记为有编号的整改问题</translation>
        </message>
        <message>
            <source>Make the layer the active one and go to the rows</source>
            <translation>将该图层设为当前图层，并缩放到这些行</translation>
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
            <source>Many clauses bind new projects only; unknown leaves them to be verified</source>
            <translation>许多条款只约束新建项目；未知则相关条款待核实</translation>
        </message>
        <message>
            <source>Map</source>
            <translation>地图</translation>
        </message>
        <message>
            <source>Map (schema)</source>
            <translation>一张图(模式)</translation>
        </message>
        <message>
            <source>Map Atlas…</source>
            <translation>图集…</translation>
        </message>
        <message>
            <source>Map approval number</source>
            <translation>审图号</translation>
        </message>
        <message>
            <source>Map written to {path}</source>
            <translation>一张图已写入 {path}</translation>
        </message>
        <message>
            <source>Map {n} of {total}: {title}</source>
            <translation>第 {n} 幅，共 {total} 幅：{title}</translation>
        </message>
        <message>
            <source>Map…</source>
            <translation>地图…</translation>
        </message>
        <message>
            <source>May a project go here?</source>
            <translation>项目能否选址于此?</translation>
        </message>
        <message>
            <source>May a project go here? Click, draw or bring the sites</source>
            <translation>项目能否选址于此?点选、绘制或导入地块</translation>
        </message>
        <message>
            <source>Meaning of {word}</source>
            <translation>“{word}”的含义</translation>
        </message>
        <message>
            <source>Means</source>
            <translation>含义</translation>
        </message>
        <message>
            <source>Measure the bank distance from</source>
            <translation>岸边距离起算线</translation>
        </message>
        <message>
            <source>Measure the land from</source>
            <translation>陆域起算线</translation>
        </message>
        <message>
            <source>Mend</source>
            <translation>修复内容</translation>
        </message>
        <message>
            <source>Mend Selected</source>
            <translation>修复选中项</translation>
        </message>
        <message>
            <source>Mend nothing in the river layer</source>
            <translation>不修复河流图层</translation>
        </message>
        <message>
            <source>Mend zones</source>
            <translation>修复区划</translation>
        </message>
        <message>
            <source>Mended {n} rows; {m2} m² changed.</source>
            <translation>已修复{n}行,变动{m2} m²。</translation>
        </message>
        <message>
            <source>Merge</source>
            <translation>合并</translation>
        </message>
        <message>
            <source>Merge Zones</source>
            <translation>合并区划</translation>
        </message>
        <message>
            <source>Merge Zones…</source>
            <translation>合并区划…</translation>
        </message>
        <message>
            <source>Merge zones</source>
            <translation>合并区划</translation>
        </message>
        <message>
            <source>Metres a day. With I, n and a preset the radius is computed.</source>
            <translation>米/天。与 I、n 及预设值一起计算半径。</translation>
        </message>
        <message>
            <source>Metres about each well, or about the hull.</source>
            <translation>各井或外包线外围米数。</translation>
        </message>
        <message>
            <source>Metres about the intake.</source>
            <translation>取水口外围米数。</translation>
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
            <source>Metres on either side</source>
            <translation>两侧米数</translation>
        </message>
        <message>
            <source>Metres on the right</source>
            <translation>右侧米数</translation>
        </message>
        <message>
            <source>Mine</source>
            <translation>我的</translation>
        </message>
        <message>
            <source>Models</source>
            <translation>模型</translation>
        </message>
        <message>
            <source>Monitoring Sections</source>
            <translation>水质断面</translation>
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
            <source>Most lie outside: this is hardly the right reading.</source>
            <translation>多数落在范围之外，这种解读多半不对。</translation>
        </message>
        <message>
            <source>Move Shared Vertices Together</source>
            <translation>公共节点一并移动</translation>
        </message>
        <message>
            <source>N&amp;orth</source>
            <translation>北坐标(&amp;O)</translation>
        </message>
        <message>
            <source>NULL where there is no such result, or where the map, the day or the rulebooks have changed since.</source>
            <translation>没有相应结果,或此后一张图、基准日、条款库有变动时为 NULL。</translation>
        </message>
        <message>
            <source>Name for Edits</source>
            <translation>修改人姓名</translation>
        </message>
        <message>
            <source>Name for Edits…</source>
            <translation>修改人姓名…</translation>
        </message>
        <message>
            <source>Name of the layer that receives the rows, such as contaminated_plot.</source>
            <translation>接收数据的图层名，例如 contaminated_plot。</translation>
        </message>
        <message>
            <source>Name of the water source</source>
            <translation>水源地名称</translation>
        </message>
        <message>
            <source>Name the file to write.</source>
            <translation>请指定要写的文件。</translation>
        </message>
        <message>
            <source>Names of layers, separated by commas, such as drinking_water_zone. Left empty, all.</source>
            <translation>图层名，以逗号分隔，例如 drinking_water_zone。留空为全部。</translation>
        </message>
        <message>
            <source>Names of the lines</source>
            <translation>线的名称</translation>
        </message>
        <message>
            <source>Names the features and tells whether the data has changed since the check.</source>
            <translation>用于给出要素名称,并判断研判之后数据有无改动。</translation>
        </message>
        <message>
            <source>Near miss</source>
            <translation>近而未接</translation>
        </message>
        <message>
            <source>Neighbour</source>
            <translation>相邻区划</translation>
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
            <source>New items</source>
            <translation>新登记问题</translation>
        </message>
        <message>
            <source>New zone in {layer}</source>
            <translation>新区划:{layer}</translation>
        </message>
        <message>
            <source>No</source>
            <translation>否</translation>
        </message>
        <message>
            <source>No boundary here: click on an edge that the map shows.</source>
            <translation>此处没有边界:请点在地图显示的边线上。</translation>
        </message>
        <message>
            <source>No date in the ledger may be later, but deadlines. Left empty, today.</source>
            <translation>除期限外,台账中的日期不得晚于此日。留空为今天。</translation>
        </message>
        <message>
            <source>No faults found on the page.</source>
            <translation>未发现版面问题。</translation>
        </message>
        <message>
            <source>No feature of the layer {layer} is selected.</source>
            <translation>图层“{layer}”没有选中的要素。</translation>
        </message>
        <message>
            <source>No installed font has these signs; they come out as empty boxes: {signs}.</source>
            <translation>本机字体没有下列字符，印出为空框：{signs}。</translation>
        </message>
        <message>
            <source>No layer of findings was given; run a plan board, a section or a check.</source>
            <translation>未给出“发现”图层；请先运行计划看板、断面排查或选址研判。</translation>
        </message>
        <message>
            <source>No one map in this project yet</source>
            <translation>本工程尚无一张图</translation>
        </message>
        <message>
            <source>No program opens web pages here. The guide is {path}</source>
            <translation>本机没有能打开网页的程序。使用指南位于 {path}</translation>
        </message>
        <message>
            <source>No result yet. Add sites, choose what is to be built, and press Check.</source>
            <translation>尚无研判结果。请添加候选地块，选择拟建设施，然后点击“研判”。</translation>
        </message>
        <message>
            <source>No row would be loaded: go back and put the mapping or the coordinates right.</source>
            <translation>没有任何行可以导入：请返回修改字段对应或坐标系。</translation>
        </message>
        <message>
            <source>No rulebook is chosen; choose the city's on the Map page.</source>
            <translation>尚未选择条款库，请在“地图”页选择本市的条款库。</translation>
        </message>
        <message>
            <source>No rulebook is ticked: choose those of the city, or checks find nothing.</source>
            <translation>尚未勾选条款库:请勾选本地适用的条款库,否则检查得不出结论。</translation>
        </message>
        <message>
            <source>No site could be checked; the messages say why.</source>
            <translation>没有可研判的地块，原因见消息栏。</translation>
        </message>
        <message>
            <source>No sites yet. Click or draw them on the map, add the selection, a layer or a file with the buttons above, paste coordinates, or drop a file here.</source>
            <translation>还没有地块。请用上方按钮在地图上点选或绘制，添加所选要素、图层或文件，粘贴坐标，或将文件拖放到此处。</translation>
        </message>
        <message>
            <source>No way along the map's edges leads there; click nearer, or zoom in.</source>
            <translation>沿地图上的边线到不了该处;请点近一些,或放大地图。</translation>
        </message>
        <message>
            <source>No zone of these clauses within {km} km</source>
            <translation>{km} 公里内没有这些条款涉及的区划</translation>
        </message>
        <message>
            <source>No zone: see the issues.</source>
            <translation>未能画出管控范围，原因见“问题”。</translation>
        </message>
        <message>
            <source>Not applicable ({count})</source>
            <translation>不适用（{count}条）</translation>
        </message>
        <message>
            <source>Not certain: {why}</source>
            <translation>不确定：{why}</translation>
        </message>
        <message>
            <source>Not in force, for reference</source>
            <translation>当日无效(仅供参考)</translation>
        </message>
        <message>
            <source>Not in the ledger any more, left as they are: {numbers}</source>
            <translation>台账中已没有,图中保持不变:{numbers}</translation>
        </message>
        <message>
            <source>Not in the map: {numbers}</source>
            <translation>图中没有:{numbers}</translation>
        </message>
        <message>
            <source>Not saved: {who} {did} row {row} of {layer} at {at}, after you began to edit it.</source>
            <translation>未保存:您开始编辑后,{who}于{at}{did}了“{layer}”中的“{row}”。</translation>
        </message>
        <message>
            <source>Note</source>
            <translation>说明</translation>
        </message>
        <message>
            <source>Notes</source>
            <translation>说明</translation>
        </message>
        <message>
            <source>Nothing could be mended safely.</source>
            <translation>没有可安全修复的内容。</translation>
        </message>
        <message>
            <source>Nothing is computed yet. Press Compute to see how far each clause of the chosen rulebooks is carried out on {day}.</source>
            <translation>尚未计算。点“计算”，查看所选条款库各条款截至 {day} 的落实情况。</translation>
        </message>
        <message>
            <source>Nothing is selected in {layer}.</source>
            <translation>图层 {layer} 没有选中要素。</translation>
        </message>
        <message>
            <source>Nothing is written then</source>
            <translation>取消后不写入任何数据</translation>
        </message>
        <message>
            <source>Nothing of this result is on the map; keep it as layers first</source>
            <translation>该结果不在地图上，请先保留为图层</translation>
        </message>
        <message>
            <source>Nothing was imported: {why}</source>
            <translation>未导入任何数据：{why}</translation>
        </message>
        <message>
            <source>Nothing was written: mend the errors, or tick “Export despite errors”.</source>
            <translation>未写入任何成果：请改正错误，或勾选“有错误也导出”。</translation>
        </message>
        <message>
            <source>Numbers begin with</source>
            <translation>编号前缀</translation>
        </message>
        <message>
            <source>OK</source>
            <translation>确定</translation>
        </message>
        <message>
            <source>Of a workbook; left empty, the first.</source>
            <translation>工作簿中的工作表;留空则取第一个。</translation>
        </message>
        <message>
            <source>Of an older check: {verdict}</source>
            <translation>此前研判：{verdict}</translation>
        </message>
        <message>
            <source>Of other places</source>
            <translation>其他地区</translation>
        </message>
        <message>
            <source>Of text in shapefile, DXF, CSV and TXT.</source>
            <translation>shapefile、DXF、CSV 和 TXT 中文字的编码。</translation>
        </message>
        <message>
            <source>Of the document that delineates the zone.</source>
            <translation>划定保护区的文件。</translation>
        </message>
        <message>
            <source>Of the raster, in metres of the city's CGCS2000 3-degree zone.</source>
            <translation>栅格像元的大小,以本市CGCS2000三度带的米计。</translation>
        </message>
        <message>
            <source>Off</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Offsets in directions</source>
            <translation>按方向外推</translation>
        </message>
        <message>
            <source>On Debian 13, Ubuntu 24.10 and newer install python3-geopandas; on older systems start QGIS with a Python environment that has them (the README tells how); then restart QGIS.</source>
            <translation>Debian 13、Ubuntu 24.10 及更新系统请安装 python3-geopandas;较旧系统请使用含有上述库的 Python 环境启动 QGIS(方法见 README),然后重新启动 QGIS。</translation>
        </message>
        <message>
            <source>On the ellipsoid of the layer's coordinate system</source>
            <translation>按图层坐标系的椭球计算</translation>
        </message>
        <message>
            <source>One Map</source>
            <translation>一张图</translation>
        </message>
        <message>
            <source>One circle for each plant.</source>
            <translation>每座热源一个圆。</translation>
        </message>
        <message>
            <source>One coordinate, a table of them, or boundary-point text</source>
            <translation>单个坐标、坐标表或界址点文本</translation>
        </message>
        <message>
            <source>One file with tables and an interactive map that needs no network.</source>
            <translation>单个文件,含表格和可操作的地图,不需要网络。</translation>
        </message>
        <message>
            <source>One file: a map, or all pages as a PDF.</source>
            <translation>一个文件：单幅地图，或含全部页的 PDF。</translation>
        </message>
        <message>
            <source>One map</source>
            <translation>一张图</translation>
        </message>
        <message>
            <source>One map (*.gpkg *schema=*)</source>
            <translation>一张图 (*.gpkg *schema=*)</translation>
        </message>
        <message>
            <source>One map (*.gpkg)</source>
            <translation>一张图 (*.gpkg)</translation>
        </message>
        <message>
            <source>One part lies inside another.</source>
            <translation>一个部分套在另一部分之内。</translation>
        </message>
        <message>
            <source>One point for each issue: severity, what, and how to mend it.</source>
            <translation>每个问题一个点：级别、问题、改正办法。</translation>
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
            <source>One row for each zone that differs.</source>
            <translation>每个有变化的区划一行。</translation>
        </message>
        <message>
            <source>One zone of water and land instead of two.</source>
            <translation>水域与陆域合为一个要素。</translation>
        </message>
        <message>
            <source>Only &amp;differences</source>
            <translation>只看差异(&amp;D)</translation>
        </message>
        <message>
            <source>Only &amp;gaps</source>
            <translation>只看缺口(&amp;G)</translation>
        </message>
        <message>
            <source>Only for results of other programs, which do not say their day.</source>
            <translation>仅用于未注明日期的结果。</translation>
        </message>
        <message>
            <source>Only plants with units of at least this capacity. Left empty, all plants count.</source>
            <translation>仅计入单机容量不低于该值的热源。留空时全部计入。</translation>
        </message>
        <message>
            <source>Only these lines of the layer, with commas between. Left empty, all of them.</source>
            <translation>只用图层中的这些线,以逗号分隔。留空则全部使用。</translation>
        </message>
        <message>
            <source>Only these tributaries</source>
            <translation>仅计入这些支流</translation>
        </message>
        <message>
            <source>Only with a password file; with stored credentials leave it empty</source>
            <translation>仅在使用密码文件时填写;已选择凭据时留空</translation>
        </message>
        <message>
            <source>Open</source>
            <translation>打开</translation>
        </message>
        <message>
            <source>Open &amp;Rejects File</source>
            <translation>打开拒收文件(&amp;R)</translation>
        </message>
        <message>
            <source>Open Attribute Table</source>
            <translation>打开属性表</translation>
        </message>
        <message>
            <source>Open Folder</source>
            <translation>打开所在文件夹</translation>
        </message>
        <message>
            <source>Open Form</source>
            <translation>打开表单</translation>
        </message>
        <message>
            <source>Open Zone Form</source>
            <translation>打开区划属性表单</translation>
        </message>
        <message>
            <source>Open a Shared Map</source>
            <translation>打开共享一张图</translation>
        </message>
        <message>
            <source>Open a Shared Map…</source>
            <translation>打开共享一张图…</translation>
        </message>
        <message>
            <source>Open a one map that lies in PostgreSQL</source>
            <translation>打开存放在 PostgreSQL 数据库中的一张图</translation>
        </message>
        <message>
            <source>Open in Layout Designer</source>
            <translation>在布局设计器中打开</translation>
        </message>
        <message>
            <source>Open the form of the chosen feature</source>
            <translation>打开所选要素的表单</translation>
        </message>
        <message>
            <source>Open the guide at this page (F1)</source>
            <translation>打开使用指南的本页（F1）</translation>
        </message>
        <message>
            <source>Open the user guide</source>
            <translation>打开使用指南</translation>
        </message>
        <message>
            <source>Opening the shared map</source>
            <translation>正在打开共享一张图</translation>
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
            <source>Optional workbook with a summary and one line for each issue, to be worked off.</source>
            <translation>可选的工作簿：汇总表和逐条问题清单，供逐项销号。</translation>
        </message>
        <message>
            <source>Optional workbook with the areas by verdict and by clause.</source>
            <translation>可选。按结论和按条款统计面积的工作簿。</translation>
        </message>
        <message>
            <source>Optional workbook with the lists, and what to ask which department.</source>
            <translation>可选:含各清单和函询清单的工作簿。</translation>
        </message>
        <message>
            <source>Or fixed value</source>
            <translation>或固定值</translation>
        </message>
        <message>
            <source>Or on the left, where the right has its own.</source>
            <translation>右侧另有数值时,为左侧米数。</translation>
        </message>
        <message>
            <source>Or open a project whose layers come from a one map.</source>
            <translation>也可打开图层取自一张图的工程。</translation>
        </message>
        <message>
            <source>Orientation</source>
            <translation>方向</translation>
        </message>
        <message>
            <source>Other rulebooks are chosen than for this board. Compute again.</source>
            <translation>当前选用的条款库与看板的不同，请重新计算。</translation>
        </message>
        <message>
            <source>Other rulebooks are chosen than for this check. Check again.</source>
            <translation>所选条款库与研判时不同，请重新研判。</translation>
        </message>
        <message>
            <source>Other rulebooks have been chosen since; the document tells of those of the result.</source>
            <translation>所选条款库已更改；文档反映计算时所选的条款库。</translation>
        </message>
        <message>
            <source>Our field</source>
            <translation>一张图字段</translation>
        </message>
        <message>
            <source>Ours</source>
            <translation>本单位</translation>
        </message>
        <message>
            <source>Outer land beside the inner zone too</source>
            <translation>外层陆域含内层河段两侧</translation>
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
            <source>Overlap or gap</source>
            <translation>重叠或空隙</translation>
        </message>
        <message>
            <source>Overlaps, gaps, nesting and places are asked of what is in force on this day. Left empty, today.</source>
            <translation>重叠、缝隙、嵌套与位置按该日有效的要素检查。留空为今天。</translation>
        </message>
        <message>
            <source>Own layers, rulebooks and styles</source>
            <translation>自有图层、条款库和样式</translation>
        </message>
        <message>
            <source>PDF</source>
            <translation>PDF 文件</translation>
        </message>
        <message>
            <source>PDF (*.pdf)</source>
            <translation>PDF 文件 (*.pdf)</translation>
        </message>
        <message>
            <source>PDF files (*.pdf)</source>
            <translation>PDF 文件 (*.pdf)</translation>
        </message>
        <message>
            <source>PDF files (*.pdf);;PNG images (*.png);;JPEG images (*.jpg);;SVG drawings (*.svg)</source>
            <translation>PDF 文件 (*.pdf);;PNG 图片 (*.png);;JPEG 图片 (*.jpg);;SVG 图形 (*.svg)</translation>
        </message>
        <message>
            <source>PDF…</source>
            <translation>PDF 文件…</translation>
        </message>
        <message>
            <source>PNG image</source>
            <translation>PNG 图像</translation>
        </message>
        <message>
            <source>Page</source>
            <translation>页面</translation>
        </message>
        <message>
            <source>Page with a map</source>
            <translation>带地图的网页</translation>
        </message>
        <message>
            <source>Pages</source>
            <translation>页数</translation>
        </message>
        <message>
            <source>Paper</source>
            <translation>纸张</translation>
        </message>
        <message>
            <source>Paste Coordinates</source>
            <translation>粘贴坐标</translation>
        </message>
        <message>
            <source>Paste Coordinates…</source>
            <translation>粘贴坐标…</translation>
        </message>
        <message>
            <source>Paste or type coordinates; nothing is moved unasked.</source>
            <translation>粘贴或输入坐标；未经确认不作任何移动。</translation>
        </message>
        <message>
            <source>Perimeter, m</source>
            <translation>周长(m)</translation>
        </message>
        <message>
            <source>Period</source>
            <translation>统计周期</translation>
        </message>
        <message>
            <source>Pick a section or a place on a river.</source>
            <translation>请在地图上点选断面或河流上的位置。</translation>
        </message>
        <message>
            <source>Pick on the Map</source>
            <translation>在地图上点选</translation>
        </message>
        <message>
            <source>Place on {river}</source>
            <translation>{river}上的点选位置</translation>
        </message>
        <message>
            <source>Plain numbers are ddd.mmss</source>
            <translation>纯数字按 ddd.mmss 读取</translation>
        </message>
        <message>
            <source>Plan</source>
            <translation>计划</translation>
        </message>
        <message>
            <source>Plan Board</source>
            <translation>计划台账</translation>
        </message>
        <message>
            <source>Plan Board…</source>
            <translation>计划台账…</translation>
        </message>
        <message>
            <source>Plan board</source>
            <translation>方案落实看板</translation>
        </message>
        <message>
            <source>Plane</source>
            <translation>投影面</translation>
        </message>
        <message>
            <source>Plants</source>
            <translation>热源</translation>
        </message>
        <message>
            <source>Please confirm: {why}</source>
            <translation>请确认：{why}</translation>
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
            <source>Points of one group, with uid or name where offsets name them.</source>
            <translation>同一井群的点;按方向外推时须有 uid 或 name。</translation>
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
            <source>Points on the side that stays</source>
            <translation>保留一侧的点</translation>
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
            <source>Polygons of the lake or reservoir.</source>
            <translation>湖泊或水库的面。</translation>
        </message>
        <message>
            <source>Polygons of the land survey (DLTB), or any polygons of a river's water.</source>
            <translation>国土调查图斑(DLTB),或任何河流水面的面图层。</translation>
        </message>
        <message>
            <source>Polygons of the management area.</source>
            <translation>河道管理范围的面。</translation>
        </message>
        <message>
            <source>Polygons of the water between the banks.</source>
            <translation>两岸之间的水面。</translation>
        </message>
        <message>
            <source>Polygons of water and floodplain. Optional.</source>
            <translation>水面和滩地的面，可不选。</translation>
        </message>
        <message>
            <source>Polygons to cut</source>
            <translation>待切割的面</translation>
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
            <source>Port</source>
            <translation>端口</translation>
        </message>
        <message>
            <source>Portrait</source>
            <translation>纵向</translation>
        </message>
        <message>
            <source>Position &amp;accuracy of sites:</source>
            <translation>点位精度(&amp;A):</translation>
        </message>
        <message>
            <source>Pr&amp;epared by:</source>
            <translation>编制单位(&amp;E)：</translation>
        </message>
        <message>
            <source>Prepared by</source>
            <translation>编制单位</translation>
        </message>
        <message>
            <source>Preset (to be verified)</source>
            <translation>预设值(待核实)</translation>
        </message>
        <message>
            <source>Preview map</source>
            <translation>预览地图</translation>
        </message>
        <message>
            <source>Primary zone</source>
            <translation>一级保护区</translation>
        </message>
        <message>
            <source>Print nothing where the check before the first page finds a flaw.</source>
            <translation>印前检查发现问题时不打印。</translation>
        </message>
        <message>
            <source>Print the one map, a theme, river sections, sites, zones or counties</source>
            <translation>打印一张图、专题、断面、地块、管控区或县（区）、镇</translation>
        </message>
        <message>
            <source>Printed on products for the public.</source>
            <translation>印在公开成果上。</translation>
        </message>
        <message>
            <source>Prints maps of the open project: with title, grid, legend of what is visible, scale bar, notes and table. Of river sections, heat sources and sites it prints those that the project has results of.

Without a key, all subjects of the kind are printed: as pages of one PDF, or into a folder with a file each. What is wrong with a page is told before the first one is drawn. Files appear when all are done.</source>
            <translation>打印当前工程的地图：含图名、经纬网、可见内容的图例、比例尺、图注和表格。断面、热源和地块只打印工程中已有研判结果的。

不填编号时打印该类的全部对象：合为一个 PDF，或在文件夹中各存一个文件。绘制第一页之前先报告各页的问题。全部完成后文件才出现。</translation>
        </message>
        <message>
            <source>Probe</source>
            <translation>鼠标探查</translation>
        </message>
        <message>
            <source>Problem number</source>
            <translation>问题编号</translation>
        </message>
        <message>
            <source>Project Settings…</source>
            <translation>项目设置…</translation>
        </message>
        <message>
            <source>Project file</source>
            <translation>工程文件</translation>
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
            <source>Projects &amp;speak of:</source>
            <translation>工程基准日(&amp;S):</translation>
        </message>
        <message>
            <source>Prolong ends by</source>
            <translation>端点延长</translation>
        </message>
        <message>
            <source>Proposed</source>
            <translation>建议值</translation>
        </message>
        <message>
            <source>QGIS project (*.qgz *.qgs)</source>
            <translation>QGIS 工程 (*.qgz *.qgs)</translation>
        </message>
        <message>
            <source>Quasi-protection zone</source>
            <translation>准保护区</translation>
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
            <source>Read an edited ledger of items back into the map</source>
            <translation>将填改过的问题台账读回地图</translation>
        </message>
        <message>
            <source>Reading of the rule</source>
            <translation>规则口径</translation>
        </message>
        <message>
            <source>Reading the ledger</source>
            <translation>正在读取台账</translation>
        </message>
        <message>
            <source>Reading the map…</source>
            <translation>正在读取一张图……</translation>
        </message>
        <message>
            <source>Reading the map… {percent} %</source>
            <translation>正在读取一张图…… {percent}%</translation>
        </message>
        <message>
            <source>Reading the one map</source>
            <translation>正在读取一张图</translation>
        </message>
        <message>
            <source>Reading the one map…</source>
            <translation>正在读取一张图…</translation>
        </message>
        <message>
            <source>Reading the plan board</source>
            <translation>正在读取方案落实看板</translation>
        </message>
        <message>
            <source>Reading the result</source>
            <translation>正在读取结果</translation>
        </message>
        <message>
            <source>Reading the rulebooks</source>
            <translation>正在读取条款库</translation>
        </message>
        <message>
            <source>Reading the rulebooks…</source>
            <translation>正在读取条款库…</translation>
        </message>
        <message>
            <source>Reading {name}</source>
            <translation>正在读取 {name}</translation>
        </message>
        <message>
            <source>Reads shapefiles (GBK without .cpg or .prj too), GeoPackages, file geodatabases, KML, GeoJSON, DXF, CSV, Excel and boundary-point TXT, zipped or not. Columns are matched to fields by name; a template holds what was chosen in the import wizard.

Left empty, the reference system is what the file declares, if its numbers bear that out; otherwise the message names what it looks like, and nothing is imported. Rows that fail go into a file with the reason.</source>
            <translation>可读 shapefile(包括没有 .cpg、.prj 的 GBK 文件)、GeoPackage、文件地理数据库、KML、GeoJSON、DXF、CSV、Excel 和界址点 TXT，压缩与否均可。列按名称对应到字段；在导入向导中确认的对应关系可存为模板。

坐标系留空时采用文件自身的声明，前提是数值与之相符；否则提示它像什么，不作任何导入。不合格的行连同原因另存文件。</translation>
        </message>
        <message>
            <source>Ready</source>
            <translation>可应用</translation>
        </message>
        <message>
            <source>Reason</source>
            <translation>原因</translation>
        </message>
        <message>
            <source>Rebuilding</source>
            <translation>改建</translation>
        </message>
        <message>
            <source>Reference system</source>
            <translation>坐标系</translation>
        </message>
        <message>
            <source>Reference system of the file. Left empty, that of the layers; KML and GeoJSON are WGS 84 by definition.</source>
            <translation>文件的坐标系。留空则与图层相同;KML 和 GeoJSON 规定为 WGS 84。</translation>
        </message>
        <message>
            <source>Refused</source>
            <translation>退回</translation>
        </message>
        <message>
            <source>Register Problems…</source>
            <translation>登记问题…</translation>
        </message>
        <message>
            <source>Register problems</source>
            <translation>登记问题</translation>
        </message>
        <message>
            <source>Registered {new} items, brought {changed} up to date; {same} unchanged, {gone} no longer found.</source>
            <translation>已登记 {new} 个问题，更新 {changed} 个；{same} 个未变，{gone} 个不再发现。</translation>
        </message>
        <message>
            <source>Rejected Rows</source>
            <translation>拒收的行</translation>
        </message>
        <message>
            <source>Rejected rows</source>
            <translation>拒收的行</translation>
        </message>
        <message>
            <source>Reload</source>
            <translation>重新加载</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>移除</translation>
        </message>
        <message>
            <source>Rename</source>
            <translation>重命名</translation>
        </message>
        <message>
            <source>Repair the selected rows where it is safe, as one undo step</source>
            <translation>对选中的行做安全修复,可一步撤销</translation>
        </message>
        <message>
            <source>Repaired layer</source>
            <translation>修复后的图层</translation>
        </message>
        <message>
            <source>Repairs</source>
            <translation>修复数</translation>
        </message>
        <message>
            <source>Replace</source>
            <translation>替换</translation>
        </message>
        <message>
            <source>Report</source>
            <translation>报告</translation>
        </message>
        <message>
            <source>Report &amp;template:</source>
            <translation>报告模板(&amp;T)：</translation>
        </message>
        <message>
            <source>Report (docx)…</source>
            <translation>报告(docx)…</translation>
        </message>
        <message>
            <source>Report as PDF</source>
            <translation>PDF 报告</translation>
        </message>
        <message>
            <source>Required and still empty: {fields}.</source>
            <translation>必填而尚未给定：{fields}。</translation>
        </message>
        <message>
            <source>Reread rows</source>
            <translation>重新读取各行</translation>
        </message>
        <message>
            <source>Resolution (dpi)</source>
            <translation>分辨率（dpi）</translation>
        </message>
        <message>
            <source>Result</source>
            <translation>结果</translation>
        </message>
        <message>
            <source>Result file</source>
            <translation>结果文件</translation>
        </message>
        <message>
            <source>Results</source>
            <translation>结果</translation>
        </message>
        <message>
            <source>Returns how far along the river a feature lies from a section, in metres, upstream positive; from the nearest of the sections computed unless one is named.</source>
            <translation>返回要素沿河至断面的里程(米,上游为正);未指明断面时取已计算断面中最近的一个。</translation>
        </message>
        <message>
            <source>Returns the least distance in metres between a checked site and the zones that clauses name; with a clause's number or a layer's name, to the zones of that clause or layer.</source>
            <translation>返回已研判地块至条款所涉分区的最小距离(米);给出条款编号或图层名时,只算该条款或该图层的分区。</translation>
        </message>
        <message>
            <source>Returns the verdict of a siting check: 'fail', 'restricted', 'conditional', 'note', 'undecided' or 'pass'. Without an argument it is that of the current feature.</source>
            <translation>返回选址研判结论:'fail'(不通过)、'restricted'(受限)、'conditional'(附条件)、'note'(提示)、'undecided'(待核实)或 'pass'(通过)。不带参数时为当前要素的结论。</translation>
        </message>
        <message>
            <source>River</source>
            <translation>断面</translation>
        </message>
        <message>
            <source>River Section</source>
            <translation>断面管控</translation>
        </message>
        <message>
            <source>River Sections…</source>
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
            <source>River sections</source>
            <translation>断面</translation>
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
            <source>Roads, dykes, contours or ridge lines with a name, or polygons whose borders count.</source>
            <translation>有名称的道路、河堤、等高线或山脊线,或以边界起作用的面。</translation>
        </message>
        <message>
            <source>Row</source>
            <translation>行</translation>
        </message>
        <message>
            <source>Row History</source>
            <translation>要素历史</translation>
        </message>
        <message>
            <source>Row with the column names; 0 where there is none</source>
            <translation>列名所在的行；没有则填0</translation>
        </message>
        <message>
            <source>Row {row} has no shape that can be shown.</source>
            <translation>第{row}行没有可显示的图形。</translation>
        </message>
        <message>
            <source>Row {row}: {what}</source>
            <translation>第{row}行：{what}</translation>
        </message>
        <message>
            <source>Rows</source>
            <translation>行数</translation>
        </message>
        <message>
            <source>Rows for the layer of drinking-water zones: level, extent, and every figure with its owner.</source>
            <translation>可并入饮用水水源保护区图层的要素:级别、范围描述,以及每个数值及其出处。</translation>
        </message>
        <message>
            <source>Rows loaded</source>
            <translation>入库行数</translation>
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
            <source>Rows read</source>
            <translation>读取行数</translation>
        </message>
        <message>
            <source>Rows rejected</source>
            <translation>拒收行数</translation>
        </message>
        <message>
            <source>Rows skipped</source>
            <translation>跳过行数</translation>
        </message>
        <message>
            <source>Rows that are there already</source>
            <translation>已存在的行</translation>
        </message>
        <message>
            <source>Rows that could not be read: {n}.</source>
            <translation>无法读取的行：{n}。</translation>
        </message>
        <message>
            <source>Rows that fail are kept here with the reason, to be mended and given again</source>
            <translation>未通过的行连同原因存放于此，改正后可再次导入</translation>
        </message>
        <message>
            <source>Rows updated</source>
            <translation>更新行数</translation>
        </message>
        <message>
            <source>Rows without a place, left out: {n}.</source>
            <translation>没有位置、未予添加的行：{n}。</translation>
        </message>
        <message>
            <source>Rulebook</source>
            <translation>条款库</translation>
        </message>
        <message>
            <source>Rulebooks</source>
            <translation>条款库</translation>
        </message>
        <message>
            <source>S&amp;wap: the first number is the north</source>
            <translation>互换坐标轴：第一个数是北坐标(&amp;W)</translation>
        </message>
        <message>
            <source>SSL mode</source>
            <translation>SSL 模式</translation>
        </message>
        <message>
            <source>SVG drawing</source>
            <translation>SVG 矢量图</translation>
        </message>
        <message>
            <source>Safe repairs for the repaired layer. What is not chosen is left as it is.</source>
            <translation>对修复图层采用的安全修复；未选的保持原样。</translation>
        </message>
        <message>
            <source>Save</source>
            <translation>保存</translation>
        </message>
        <message>
            <source>Save the Import Template</source>
            <translation>保存导入模板</translation>
        </message>
        <message>
            <source>Save the One Map As</source>
            <translation>一张图另存为</translation>
        </message>
        <message>
            <source>Save the Project As</source>
            <translation>工程另存为</translation>
        </message>
        <message>
            <source>Say what is to be built: the facility type is empty.</source>
            <translation>请说明拟建什么:设施类型为空。</translation>
        </message>
        <message>
            <source>Say what the coordinates are in. The map shows where the features would lie; nothing is moved unasked.</source>
            <translation>请确认坐标属于哪个坐标系。右侧地图显示要素将落在何处；未经确认，不做任何转换。</translation>
        </message>
        <message>
            <source>Say what would be written, and write nothing.</source>
            <translation>只说明将写入什么，不实际写入。</translation>
        </message>
        <message>
            <source>Say where the rejected rows go.</source>
            <translation>请指定拒收的行存放的文件。</translation>
        </message>
        <message>
            <source>Say whether these are points or a boundary.</source>
            <translation>请说明这些坐标是点还是边界。</translation>
        </message>
        <message>
            <source>Secondary zone</source>
            <translation>二级保护区</translation>
        </message>
        <message>
            <source>Section clearance: network, section, list</source>
            <translation>断面清理:建网、管控范围、清单</translation>
        </message>
        <message>
            <source>Sections traced</source>
            <translation>已追溯断面数</translation>
        </message>
        <message>
            <source>Select on Map</source>
            <translation>在地图上选中</translation>
        </message>
        <message>
            <source>Select one feature of {layer}.</source>
            <translation>请选中“{layer}”中的一个要素。</translation>
        </message>
        <message>
            <source>Select one saved zone and draw its new extent before you adjust it.</source>
            <translation>请选中一个已保存的区划,画出新范围后再调整。</translation>
        </message>
        <message>
            <source>Service</source>
            <translation>服务</translation>
        </message>
        <message>
            <source>Seven parameters</source>
            <translation>七参数</translation>
        </message>
        <message>
            <source>Seven parameters to CGCS2000, from the surveyors of the place</source>
            <translation>到CGCS2000的七参数（由当地测绘单位提供）</translation>
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
            <source>Shape</source>
            <translation>图形</translation>
        </message>
        <message>
            <source>Shapefile, GeoPackage, KML/KMZ, GeoJSON, DXF, CSV, Excel, boundary-point TXT, or an archive of them</source>
            <translation>Shapefile、GeoPackage、KML/KMZ、GeoJSON、DXF、CSV、Excel、界址点TXT，或它们的压缩包</translation>
        </message>
        <message>
            <source>Sheet</source>
            <translation>工作表</translation>
        </message>
        <message>
            <source>Shifted coordinates</source>
            <translation>偏移坐标</translation>
        </message>
        <message>
            <source>Shortest branch</source>
            <translation>最短支汊</translation>
        </message>
        <message>
            <source>Show</source>
            <translation>显示</translation>
        </message>
        <message>
            <source>Show Rulebook File</source>
            <translation>显示条款库文件</translation>
        </message>
        <message>
            <source>Show Shape on the Map</source>
            <translation>在地图上显示图形</translation>
        </message>
        <message>
            <source>Show clauses of one effect</source>
            <translation>只显示一类条款</translation>
        </message>
        <message>
            <source>Show clauses that one department leads</source>
            <translation>只看某一单位牵头的条款</translation>
        </message>
        <message>
            <source>Show clauses with one answer</source>
            <translation>只显示一种结果的条款</translation>
        </message>
        <message>
            <source>Show on Map</source>
            <translation>在地图上显示</translation>
        </message>
        <message>
            <source>Show on the Map</source>
            <translation>在地图上显示</translation>
        </message>
        <message>
            <source>Show one rulebook, or one theme of the map</source>
            <translation>只看某一条款库，或地图的某一专题</translation>
        </message>
        <message>
            <source>Show only clauses that the sites do not all answer alike</source>
            <translation>只显示各地块结果不同的条款</translation>
        </message>
        <message>
            <source>Show only layers that are not declared complete on this day</source>
            <translation>只列出该日未声明完整的图层</translation>
        </message>
        <message>
            <source>Show only these: {state}</source>
            <translation>只看：{state}</translation>
        </message>
        <message>
            <source>Show or hide the EnvZones panel</source>
            <translation>显示或隐藏一张图面板</translation>
        </message>
        <message>
            <source>Show the &amp;card beside the mouse while probing</source>
            <translation>探查时在鼠标旁显示结论卡片(&amp;C)</translation>
        </message>
        <message>
            <source>Show the &amp;map as of this day</source>
            <translation>地图只显示当日有效要素(&amp;M)</translation>
        </message>
        <message>
            <source>Show the features and the one map together</source>
            <translation>同时显示要素和一张图</translation>
        </message>
        <message>
            <source>Show the file's features</source>
            <translation>显示文件中的要素</translation>
        </message>
        <message>
            <source>Show the one map's area</source>
            <translation>显示一张图的范围</translation>
        </message>
        <message>
            <source>Show the whole control zone on the map</source>
            <translation>在地图上显示整个管控范围</translation>
        </message>
        <message>
            <source>Show what an office changed in a ledger of items, and write it into the map</source>
            <translation>显示单位在问题台账中所作的改动,并写入图中</translation>
        </message>
        <message>
            <source>Show where in an area a facility may be built, and what stands against it elsewhere</source>
            <translation>显示范围内何处可以建设某类设施,以及其余各处受哪些条款约束</translation>
        </message>
        <message>
            <source>Showing the map as of a day</source>
            <translation>按基准日显示地图</translation>
        </message>
        <message>
            <source>Side of the land</source>
            <translation>陆域所在一侧</translation>
        </message>
        <message>
            <source>Site</source>
            <translation>选址</translation>
        </message>
        <message>
            <source>Site Check</source>
            <translation>选址检查</translation>
        </message>
        <message>
            <source>Site comparison</source>
            <translation>地块比选</translation>
        </message>
        <message>
            <source>Site {n}</source>
            <translation>地块{n}</translation>
        </message>
        <message>
            <source>Sites</source>
            <translation>地块</translation>
        </message>
        <message>
            <source>Sites checked</source>
            <translation>研判地块数</translation>
        </message>
        <message>
            <source>Sites: {n}</source>
            <translation>地块：{n} 个</translation>
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
            <source>Siting check of a file: convert, check, report</source>
            <translation>文件选址研判:转换、研判、报告</translation>
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
            <source>Snapping for Zones</source>
            <translation>区划捕捉</translation>
        </message>
        <message>
            <source>Snapping is off.</source>
            <translation>捕捉已关闭。</translation>
        </message>
        <message>
            <source>Snapping to vertices and edges of {n} layers.</source>
            <translation>捕捉到{n}个图层的节点和边。</translation>
        </message>
        <message>
            <source>Snapping tolerance</source>
            <translation>捕捉容差</translation>
        </message>
        <message>
            <source>Source code</source>
            <translation>水源地编码</translation>
        </message>
        <message>
            <source>Source rank</source>
            <translation>水源级别</translation>
        </message>
        <message>
            <source>Sources, confluences, forks, outlets and loose ends.</source>
            <translation>源头、汇合处、分汊处、出口和悬空端点。</translation>
        </message>
        <message>
            <source>Speaks of:</source>
            <translation>基准日:</translation>
        </message>
        <message>
            <source>Split Zones</source>
            <translation>分割区划</translation>
        </message>
        <message>
            <source>Split mixed geometries</source>
            <translation>拆分混合图形</translation>
        </message>
        <message>
            <source>Split zones</source>
            <translation>分割区划</translation>
        </message>
        <message>
            <source>Start &amp;Again</source>
            <translation>重新开始(&amp;A)</translation>
        </message>
        <message>
            <source>State</source>
            <translation>进展</translation>
        </message>
        <message>
            <source>Stop at flaws</source>
            <translation>有问题即停止</translation>
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
            <source>Straight corners keep a quadrilateral a quadrilateral.</source>
            <translation>直角连接使四边形保持四边形。</translation>
        </message>
        <message>
            <source>Style</source>
            <translation>样式</translation>
        </message>
        <message>
            <source>Such as gbk or utf-8. Left empty, it is found out.</source>
            <translation>例如 gbk 或 utf-8。留空则自动识别。</translation>
        </message>
        <message>
            <source>Suitable Area…</source>
            <translation>适宜范围…</translation>
        </message>
        <message>
            <source>Suitable area</source>
            <translation>适宜区域</translation>
        </message>
        <message>
            <source>T&amp;emplate:</source>
            <translation>模板(&amp;E)：</translation>
        </message>
        <message>
            <source>Table (*.csv)</source>
            <translation>表格 (*.csv)</translation>
        </message>
        <message>
            <source>Table of a Database</source>
            <translation>数据库中的表</translation>
        </message>
        <message>
            <source>Table of areas</source>
            <translation>面积表</translation>
        </message>
        <message>
            <source>Take Back Ledger</source>
            <translation>收回台账</translation>
        </message>
        <message>
            <source>Take Back Ledger…</source>
            <translation>回收台账…</translation>
        </message>
        <message>
            <source>Take Shared Boundary</source>
            <translation>套用公共边界</translation>
        </message>
        <message>
            <source>Take all sites out of the list</source>
            <translation>清空地块列表</translation>
        </message>
        <message>
            <source>Take back a ledger</source>
            <translation>收回台账</translation>
        </message>
        <message>
            <source>Take shared boundary</source>
            <translation>套用公共边界</translation>
        </message>
        <message>
            <source>Take the chosen file off the list</source>
            <translation>从列表中移除所选文件</translation>
        </message>
        <message>
            <source>Take the section off the map</source>
            <translation>从地图上移去断面及其范围</translation>
        </message>
        <message>
            <source>Take the shift of a Chinese web map off a layer, or move an old datum by its seven parameters</source>
            <translation>去掉图层的网络地图偏移，或按七参数转换旧坐标系</translation>
        </message>
        <message>
            <source>Takes a layer's numbers as what you say they are, whatever its reference system claims, and gives them in CGCS2000 (EPSG:4490): from GCJ-02 (Amap, Tencent), BD-09 (Baidu), or a datum such as Xi'an 80 by the seven parameters of the place. The other way round, a layer in its own system is written as GCJ-02 or BD-09 degrees; these have no code, so the result says EPSG:4490 and its name what it is.

In Henan GCJ-02 lies some 500 to 600 m, BD-09 some 1.2 to 1.3 km from the truth: more than the 500 m of the river-section rule.</source>
            <translation>不管图层声明什么坐标系，都按您指定的坐标系理解其数值，并转为 CGCS2000(EPSG:4490)：可由 GCJ-02(高德、腾讯)、BD-09(百度)转换，或按当地七参数由西安 80 等旧坐标系转换。反过来，也可把图层写成 GCJ-02 或 BD-09 经纬度；二者没有编码，因此结果标为 EPSG:4490，由名称说明实际坐标。

在河南，GCJ-02 偏移约 500 至 600 米，BD-09 约 1.2 至 1.3 千米，超过断面规则的 500 米。</translation>
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
            <source>Template written to {path}</source>
            <translation>模板已写入{path}</translation>
        </message>
        <message>
            <source>Test Connection</source>
            <translation>测试连接</translation>
        </message>
        <message>
            <source>Testing the connection</source>
            <translation>正在测试连接</translation>
        </message>
        <message>
            <source>The &amp;public</source>
            <translation>公开(&amp;P)</translation>
        </message>
        <message>
            <source>The File</source>
            <translation>文件要素</translation>
        </message>
        <message>
            <source>The authority that approved the zone.</source>
            <translation>批准保护区的机关。</translation>
        </message>
        <message>
            <source>The boundary crosses or touches itself here.</source>
            <translation>边界在此处自相交或自相接。</translation>
        </message>
        <message>
            <source>The check was cancelled.</source>
            <translation>检查已取消。</translation>
        </message>
        <message>
            <source>The chosen rulebooks ask nothing more of it.</source>
            <translation>所选条款库对此类设施无须其他信息。</translation>
        </message>
        <message>
            <source>The columns site_id, name, facility_type, nature, accuracy_m and the answers to questions are used.</source>
            <translation>会读取 site_id（编号）、name（名称）、facility_type（设施类型）、nature（项目性质）、accuracy_m（精度）各列及各项属性。</translation>
        </message>
        <message>
            <source>The compiling office that is printed.</source>
            <translation>印在成果上的编制单位。</translation>
        </message>
        <message>
            <source>The day as of which the layer is declared complete</source>
            <translation>该图层声明完整的截止日期</translation>
        </message>
        <message>
            <source>The day is another one than that of this board. Compute again.</source>
            <translation>当前日期与看板的日期不同，请重新计算。</translation>
        </message>
        <message>
            <source>The day is another one than that of this check. Check again.</source>
            <translation>当前日期与研判日期不同，请重新研判。</translation>
        </message>
        <message>
            <source>The day on which the problems were found. Left empty, today.</source>
            <translation>发现问题的日期。留空为今天。</translation>
        </message>
        <message>
            <source>The day the zone comes into force.</source>
            <translation>保护区生效之日。</translation>
        </message>
        <message>
            <source>The day to which overdue is counted, and which the period holds. Left empty, today.</source>
            <translation>逾期计算到这一天，统计周期也取这一天所在的周期。留空为今天。</translation>
        </message>
        <message>
            <source>The declaration has expired: what depends on this layer is to be verified</source>
            <translation>完整性声明已过期:依赖该图层的结论列为待核实</translation>
        </message>
        <message>
            <source>The declaration was not saved; it is still in the edits of {layer}.</source>
            <translation>声明未能保存,仍留在“{layer}”的编辑中。</translation>
        </message>
        <message>
            <source>The earlier day is missing; give it as 2019-06-30.</source>
            <translation>缺少较早的日期；请按 2019-06-30 的形式给出。</translation>
        </message>
        <message>
            <source>The earlier day.</source>
            <translation>较早的日期。</translation>
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
            <source>The file does not say what its coordinates are in.</source>
            <translation>文件没有说明坐标系。</translation>
        </message>
        <message>
            <source>The file has no column {columns}, which the template names; those fields are not mapped.</source>
            <translation>文件中没有模板所指的列{columns}，相应字段未对应。</translation>
        </message>
        <message>
            <source>The file knows where it lies, so that it can be opened as a map layer</source>
            <translation>文件带有坐标位置，可作为地图图层打开</translation>
        </message>
        <message>
            <source>The file says ({where}): {words}.</source>
            <translation>文件声明（{where}）：{words}。</translation>
        </message>
        <message>
            <source>The file to write; its suffix says the format.</source>
            <translation>要写的文件;扩展名决定格式。</translation>
        </message>
        <message>
            <source>The first coordinate is the latitude or north.</source>
            <translation>第一个坐标是纬度或北坐标。</translation>
        </message>
        <message>
            <source>The folder {folder} does not exist.</source>
            <translation>文件夹 {folder} 不存在。</translation>
        </message>
        <message>
            <source>The folder {path} does not exist; choose another for the rejected rows.</source>
            <translation>文件夹{path}不存在，请为拒收的行另选位置。</translation>
        </message>
        <message>
            <source>The font “{font}” is not installed; another one takes its place.</source>
            <translation>本机未安装字体“{font}”，将以其他字体代替。</translation>
        </message>
        <message>
            <source>The foreign file; an archive is looked into.</source>
            <translation>外来文件；压缩包会打开查看。</translation>
        </message>
        <message>
            <source>The guide is not there: {path} is missing. Install the plugin again.</source>
            <translation>找不到使用指南：缺少 {path}。请重新安装插件。</translation>
        </message>
        <message>
            <source>The import was tried without writing anything. Look at what would be rejected before you go on.</source>
            <translation>已试导入，未写入任何数据。继续之前请先看看哪些行会被拒收。</translation>
        </message>
        <message>
            <source>The items to be rectified have unsaved edits; save or discard them, then run again.</source>
            <translation>整改问题图层有未保存的编辑；请保存或放弃后再运行。</translation>
        </message>
        <message>
            <source>The last digit is good to {m} m.</source>
            <translation>按末位数字，精度为 {m} 米。</translation>
        </message>
        <message>
            <source>The later day. Left empty, today.</source>
            <translation>较晚的日期。留空为今天。</translation>
        </message>
        <message>
            <source>The layer declares no reference system; say what its coordinates are in.</source>
            <translation>图层没有声明坐标系；请说明其坐标属于哪个坐标系。</translation>
        </message>
        <message>
            <source>The layer to convert, unsaved edits included.</source>
            <translation>要转换的图层，包括未保存的编辑。</translation>
        </message>
        <message>
            <source>The layer was changed since it was checked; check it again.</source>
            <translation>检查之后图层又有修改,请重新检查。</translation>
        </message>
        <message>
            <source>The layer {layer} belongs to no one map.</source>
            <translation>图层“{layer}”不属于任何一张图。</translation>
        </message>
        <message>
            <source>The layer {layer} has no coordinate system; set it first.</source>
            <translation>图层“{layer}”没有坐标系，请先设置。</translation>
        </message>
        <message>
            <source>The layer's x and y are changed over.</source>
            <translation>图层的 x 与 y 颠倒。</translation>
        </message>
        <message>
            <source>The layers of this board are no longer on the map. Compute again.</source>
            <translation>看板的图层已不在地图中，请重新计算。</translation>
        </message>
        <message>
            <source>The layout “{name}” could not be added to the project.</source>
            <translation>布局“{name}”无法加入工程。</translation>
        </message>
        <message>
            <source>The ledger brings nothing new.</source>
            <translation>台账没有新的内容。</translation>
        </message>
        <message>
            <source>The legend belongs to no map, so that it lists what none shows.</source>
            <translation>图例未关联地图，会列出图上没有的内容。</translation>
        </message>
        <message>
            <source>The legend is empty.</source>
            <translation>图例为空。</translation>
        </message>
        <message>
            <source>The legend needs {needed} mm, its frame has {room} mm: entries are cut off or cover others.</source>
            <translation>图例需要 {needed} mm，图框只有 {room} mm，条目会被截断或压盖其他内容。</translation>
        </message>
        <message>
            <source>The level of the zone that is drawn.</source>
            <translation>所划定保护区的级别。</translation>
        </message>
        <message>
            <source>The level that takes all of the water, whatever the distance.</source>
            <translation>不论距离、取全部水域的级别。</translation>
        </message>
        <message>
            <source>The line splits nothing: draw it right across the zone, beyond both its edges.</source>
            <translation>该线没有分割任何区划:请横穿区划,两端画到边界之外。</translation>
        </message>
        <message>
            <source>The list of sites has changed since; the document tells of the sites that were checked.</source>
            <translation>地块列表已更改；文档反映研判时的地块。</translation>
        </message>
        <message>
            <source>The map approval number is missing: this public map must not be published yet.</source>
            <translation>缺少审图号：该公开地图暂不得公开。</translation>
        </message>
        <message>
            <source>The map approval number {number} is not on the page.</source>
            <translation>图面上没有审图号 {number}。</translation>
        </message>
        <message>
            <source>The map has changed since this board. Compute again.</source>
            <translation>看板算出后地图已有改动，请重新计算。</translation>
        </message>
        <message>
            <source>The map has changed since this check. Check again.</source>
            <translation>一张图在研判之后有改动，请重新研判。</translation>
        </message>
        <message>
            <source>The map has changed since this result was computed: {names}.</source>
            <translation>一张图在该结果计算之后已有改动：{names}。</translation>
        </message>
        <message>
            <source>The map has changed since this result was computed; the document tells of the map as it was.</source>
            <translation>本结果计算后地图有改动；文档反映改动前的地图。</translation>
        </message>
        <message>
            <source>The map has no coordinate system, so that nothing on it can be measured.</source>
            <translation>地图没有坐标系，图上无法量测。</translation>
        </message>
        <message>
            <source>The map has no coordinate system; set one in the project's properties.</source>
            <translation>地图未设坐标系，请在工程属性中设置。</translation>
        </message>
        <message>
            <source>The map has no features yet: import the files that offices have, or draw zones.</source>
            <translation>图中尚无要素:请导入各部门已有文件,或直接绘制分区。</translation>
        </message>
        <message>
            <source>The map has no layer {layer}.</source>
            <translation>一张图中没有图层“{layer}”。</translation>
        </message>
        <message>
            <source>The map has no such layer: what depends on it is to be verified</source>
            <translation>一张图中没有该图层:依赖它的结论列为待核实</translation>
        </message>
        <message>
            <source>The map is drawn in degrees ({crs}): its scale holds in no direction; use a projection.</source>
            <translation>地图以经纬度绘制（{crs}），比例尺不成立，请改用投影坐标系。</translation>
        </message>
        <message>
            <source>The map is drawn in {own}, the project in {other}; its grid and its notes may disagree.</source>
            <translation>地图采用 {own}，工程采用 {other}，经纬网与图注可能不一致。</translation>
        </message>
        <message>
            <source>The map is older than this version: bring it up to date with envzones onemap migrate.</source>
            <translation>该图由旧版本建立,请用 envzones onemap migrate 升级。</translation>
        </message>
        <message>
            <source>The map is stored in CGCS2000 degrees (EPSG:4490). The working CRS is the city's CGCS2000 3-degree zone, so that you draw in metres.</source>
            <translation>一张图以 CGCS2000 经纬度(EPSG:4490)存储。工作坐标系采用本市所在的 CGCS2000 3°带,以便按米勾绘。</translation>
        </message>
        <message>
            <source>The map shows no area; set its extent.</source>
            <translation>地图没有显示范围，请设置范围。</translation>
        </message>
        <message>
            <source>The map shows no layer.</source>
            <translation>地图没有显示任何图层。</translation>
        </message>
        <message>
            <source>The map's coordinate system does not reach here.</source>
            <translation>此处超出地图坐标系的适用范围。</translation>
        </message>
        <message>
            <source>The name that edits of a map in a file are signed with</source>
            <translation>编辑文件型一张图时署的姓名</translation>
        </message>
        <message>
            <source>The north comes first</source>
            <translation>北(纬度)在前</translation>
        </message>
        <message>
            <source>The north stands first; that was taken into account.</source>
            <translation>北坐标（纬度）在前，已按此读取。</translation>
        </message>
        <message>
            <source>The number that the surveying authority gave the map, such as GS(2019)1234</source>
            <translation>自然资源（测绘）主管部门核发的审图号，如 GS(2019)1234号</translation>
        </message>
        <message>
            <source>The numbers are those of no system that is in common use here.</source>
            <translation>这些数值不属于本地常用的任何坐标系。</translation>
        </message>
        <message>
            <source>The numbers can be that.</source>
            <translation>数值与声明相符。</translation>
        </message>
        <message>
            <source>The numbers cannot be that.</source>
            <translation>数值与声明不符。</translation>
        </message>
        <message>
            <source>The office that prepares the product; it is printed on the cover and on maps</source>
            <translation>编制成果的单位，印在封面和图上</translation>
        </message>
        <message>
            <source>The office's document</source>
            <translation>单位模板</translation>
        </message>
        <message>
            <source>The office's own assumption, in metres. From a centreline of unknown width, features within half of it beyond the bank distance are listed as to be verified.</source>
            <translation>由主管部门设定的工作河宽,单位米。河宽未知而自中心线起算时,超出两岸距离但在其一半以内的要素列为待核实。</translation>
        </message>
        <message>
            <source>The office's own distances have changed since this board. Compute again.</source>
            <translation>看板算出后本单位工作距离已有改动，请重新计算。</translation>
        </message>
        <message>
            <source>The office's own distances have changed since this check. Check again.</source>
            <translation>本单位工作距离在研判之后有变，请重新研判。</translation>
        </message>
        <message>
            <source>The office's own distances have changed since; the document tells of those of the result.</source>
            <translation>本单位工作距离已更改；文档反映计算时的工作距离。</translation>
        </message>
        <message>
            <source>The offset {offset} cannot be read; write wells, direction and metres, as in W8 east 50.</source>
            <translation>无法读取外推参数 {offset};请写明水井、方向和米数,如 W8 east 50。</translation>
        </message>
        <message>
            <source>The oldest is {n} days overdue</source>
            <translation>最长逾期 {n} 天</translation>
        </message>
        <message>
            <source>The one map cannot be read</source>
            <translation>一张图无法读取</translation>
        </message>
        <message>
            <source>The one map to check: a GeoPackage, or the address of a shared map. With chosen layers it is what they are held against.</source>
            <translation>要检查的一张图：GeoPackage 或共享图的地址。选了图层时，它是对照的底图。</translation>
        </message>
        <message>
            <source>The one map with the zones: a GeoPackage, or the address of a shared map such as postgresql://host/database?schema=envzones. Unsaved edits of its layers in the open project are taken into account.</source>
            <translation>含各类管控区的一张图:GeoPackage 文件,或共享一张图的地址(如 postgresql://主机/数据库?schema=envzones)。当前工程中其图层尚未保存的编辑也计算在内。</translation>
        </message>
        <message>
            <source>The outline crosses itself; press Backspace to take the last corner back.</source>
            <translation>边界自相交；请按退格键撤销最后一个拐点。</translation>
        </message>
        <message>
            <source>The page does not say that it is for internal use.</source>
            <translation>图面上没有注明“内部资料”。</translation>
        </message>
        <message>
            <source>The page has no map.</source>
            <translation>图面上没有地图。</translation>
        </message>
        <message>
            <source>The pieces in question: overlaps, gaps, and what lies outside.</source>
            <translation>所涉的面：重叠、缝隙和界外部分。</translation>
        </message>
        <message>
            <source>The pieces that zones gained and lost.</source>
            <translation>区划增加和减少的部分。</translation>
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
            <source>The project has come to speak of another day since; the document tells of the day of the result.</source>
            <translation>工程的截至日期已更改；文档反映计算时的日期。</translation>
        </message>
        <message>
            <source>The project has no layout “{name}” any more.</source>
            <translation>工程中已没有布局“{name}”。</translation>
        </message>
        <message>
            <source>The project has no theme “{key}”.</source>
            <translation>项目中没有专题“{key}”。</translation>
        </message>
        <message>
            <source>The project has nothing to print as “{kind}:{key}”; run the check again or choose another subject.</source>
            <translation>项目中没有可打印的“{kind}:{key}”;请重新研判或另选。</translation>
        </message>
        <message>
            <source>The project's one map, city, rulebooks, day, and the office's own distances</source>
            <translation>本项目的一张图、行政区、条款库、基准日和工作距离</translation>
        </message>
        <message>
            <source>The public</source>
            <translation>公开</translation>
        </message>
        <message>
            <source>The rank of the water source.</source>
            <translation>水源地的级别。</translation>
        </message>
        <message>
            <source>The reaches, digitised with the flow, with stream order, river above and findings.</source>
            <translation>河段,顺流方向,带河流级别、上游河长和所涉问题。</translation>
        </message>
        <message>
            <source>The rejected rows are in {path}</source>
            <translation>拒收的行在{path}</translation>
        </message>
        <message>
            <source>The river pieces traced, with from and to distances.</source>
            <translation>追溯得到的河段及其起止里程。</translation>
        </message>
        <message>
            <source>The rulebook has no clause {clause} any more.</source>
            <translation>条款库中已没有条款 {clause}。</translation>
        </message>
        <message>
            <source>The rulebook of this clause is not there any more.</source>
            <translation>本条款所在的条款库已不存在。</translation>
        </message>
        <message>
            <source>The rulebooks of this place, its province and the state are suggested</source>
            <translation>自动推荐本地、所在省及国家的条款库</translation>
        </message>
        <message>
            <source>The same features with the coordinates wanted.</source>
            <translation>坐标转换后的同一批要素。</translation>
        </message>
        <message>
            <source>The same findings where they are polygons: gaps in a service, plots, zones.</source>
            <translation>其中为面的结果：覆盖缺口、地块、区域。</translation>
        </message>
        <message>
            <source>The same report as PDF; it is made by LibreOffice and needs it installed.</source>
            <translation>同一报告的 PDF;由 LibreOffice 生成,须已安装。</translation>
        </message>
        <message>
            <source>The same ring or point is there twice.</source>
            <translation>同一环或同一点重复。</translation>
        </message>
        <message>
            <source>The same value for all rows</source>
            <translation>所有行取同一个值</translation>
        </message>
        <message>
            <source>The scale 1:{scale} is not round.</source>
            <translation>比例尺 1:{scale} 不是整数比例尺。</translation>
        </message>
        <message>
            <source>The scale bar belongs to no map; link it to one.</source>
            <translation>比例尺未关联地图，请关联。</translation>
        </message>
        <message>
            <source>The seven parameters are seven numbers with commas between them, not '{text}'.</source>
            <translation>七参数应为以逗号分隔的七个数，而不是“{text}”。</translation>
        </message>
        <message>
            <source>The shape is not valid ({reason}).</source>
            <translation>图形无效({reason})。</translation>
        </message>
        <message>
            <source>The shape is valid.</source>
            <translation>图形有效。</translation>
        </message>
        <message>
            <source>The site whose result is shown</source>
            <translation>当前显示结果的地块</translation>
        </message>
        <message>
            <source>The site's result as text for a letter</source>
            <translation>将该地块的结果复制为公文用的文本</translation>
        </message>
        <message>
            <source>The sites have changed since this check. Check again.</source>
            <translation>候选地块在研判之后有改动，请重新研判。</translation>
        </message>
        <message>
            <source>The sites of the check side by side</source>
            <translation>并列比较各地块的研判</translation>
        </message>
        <message>
            <source>The source's code after HJ 747.</source>
            <translation>按 HJ 747 编制的水源地编码。</translation>
        </message>
        <message>
            <source>The table has more rows than its frame shows.</source>
            <translation>表格行数超过表框可显示的行数。</translation>
        </message>
        <message>
            <source>The template is for layer {layer}, which cannot take this file's features.</source>
            <translation>该模板用于图层{layer}，它不能接收此文件的要素。</translation>
        </message>
        <message>
            <source>The template {path} does not exist.</source>
            <translation>模板 {path} 不存在。</translation>
        </message>
        <message>
            <source>The text calls that side</source>
            <translation>描述中对该侧的称呼</translation>
        </message>
        <message>
            <source>The text is longer than its frame; it is cut off.</source>
            <translation>文字超出文本框，会被截断。</translation>
        </message>
        <message>
            <source>The text measures from</source>
            <translation>描述中的起算位置</translation>
        </message>
        <message>
            <source>The week, month, quarter or year is the one that holds the date of the ledger.</source>
            <translation>统计日期所在的周、月、季度或年。</translation>
        </message>
        <message>
            <source>The week, month, quarter or year is the one that holds this day</source>
            <translation>统计该日所在的周、月、季度或年</translation>
        </message>
        <message>
            <source>The word for the place in the description of the extent, such as a rubber dam.</source>
            <translation>范围描述中对起算位置的称呼,如橡胶坝。</translation>
        </message>
        <message>
            <source>The word for the side in the description of the extent.</source>
            <translation>范围描述中对该侧的称呼。</translation>
        </message>
        <message>
            <source>The workbook that came back, or a copy of its table.</source>
            <translation>收回的工作簿,或其表格的副本。</translation>
        </message>
        <message>
            <source>The workbook to write.</source>
            <translation>要写的工作簿。</translation>
        </message>
        <message>
            <source>The zone has no boundary; draw it first.</source>
            <translation>该区划没有边界,请先绘制。</translation>
        </message>
        <message>
            <source>The zone of this clause is not among the project's layers.</source>
            <translation>本条款所涉区划不在工程的图层中。</translation>
        </message>
        <message>
            <source>The zone on the left bank, on the right bank and in the channel, looking downstream.</source>
            <translation>面向下游,管控范围的左岸、右岸和河道部分。</translation>
        </message>
        <message>
            <source>The zone would cross itself; click the places nearer to its edge, or in smaller steps.</source>
            <translation>区划将自相交;请点在更靠近其边界处,或分小段点击。</translation>
        </message>
        <message>
            <source>The zone's extent has not been changed yet.</source>
            <translation>尚未修改该区划的范围。</translation>
        </message>
        <message>
            <source>The zones differ in: {fields}. Check below which value the merged zone shall have.</source>
            <translation>各区划的以下字段不同:{fields}。请在下表核对合并后采用哪个值。</translation>
        </message>
        <message>
            <source>The zones have the same values.</source>
            <translation>各区划的属性值相同。</translation>
        </message>
        <message>
            <source>Their names, with commas between.</source>
            <translation>支流名称,以逗号分隔。</translation>
        </message>
        <message>
            <source>Theirs</source>
            <translation>他人的</translation>
        </message>
        <message>
            <source>Themes</source>
            <translation>专题</translation>
        </message>
        <message>
            <source>There are no presets; check your copy of delineation_presets.yaml.</source>
            <translation>没有可用的预设值;请检查您的 delineation_presets.yaml 副本。</translation>
        </message>
        <message>
            <source>There is no one map in this project; make or open one first.</source>
            <translation>本工程没有一张图，请先新建或打开。</translation>
        </message>
        <message>
            <source>There is nothing to print.</source>
            <translation>没有可出图的内容。</translation>
        </message>
        <message>
            <source>These are no known facility types: {names}; choose them under Facility.</source>
            <translation>无法识别的设施类型：{names}；请在“设施”栏中选择。</translation>
        </message>
        <message>
            <source>These coordinates are</source>
            <translation>这些坐标是</translation>
        </message>
        <message>
            <source>These features cannot be merged; select two or more valid ones.</source>
            <translation>这些要素不能合并;请选中两个以上图形有效的要素。</translation>
        </message>
        <message>
            <source>These rows were changed while you edited them. Nothing has been saved yet. Choose for each row.</source>
            <translation>您编辑期间,以下各行已被他人修改。目前尚未保存任何内容,请逐行选择。</translation>
        </message>
        <message>
            <source>They</source>
            <translation>他人</translation>
        </message>
        <message>
            <source>They are in</source>
            <translation>坐标系为</translation>
        </message>
        <message>
            <source>This feature is not among the project's layers.</source>
            <translation>本工程的图层中没有该要素。</translation>
        </message>
        <message>
            <source>This kind of document needs {what}; install it into QGIS's Python and restart QGIS.</source>
            <translation>写这种文档需要 {what}，请安装到 QGIS 的 Python 环境后重新启动 QGIS。</translation>
        </message>
        <message>
            <source>This ledger does not remember what it was written from; it is held against the map as it is.</source>
            <translation>此台账没有写出时的记录,按图的现状对照。</translation>
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
            <source>This project shows no such result any more. Compute it again.</source>
            <translation>本工程中已没有该结果，请重新计算。</translation>
        </message>
        <message>
            <source>This reading is certain; it is chosen below.</source>
            <translation>该判断是确定的，已在下面选中。</translation>
        </message>
        <message>
            <source>This result was computed for another day: {names}.</source>
            <translation>该结果是按另一日期计算的：{names}。</translation>
        </message>
        <message>
            <source>This result was computed with other rulebooks: {names}.</source>
            <translation>该结果是按另外的规则书计算的：{names}。</translation>
        </message>
        <message>
            <source>This result was computed with other working distances: {names}.</source>
            <translation>该结果是按另外的工作距离计算的：{names}。</translation>
        </message>
        <message>
            <source>This source has no {outer} yet.</source>
            <translation>该水源地尚无{outer}。</translation>
        </message>
        <message>
            <source>This type is not in the list of facility types; choose another.</source>
            <translation>此类型不在设施类型表中，请另选。</translation>
        </message>
        <message>
            <source>Three vertices make a zone.</source>
            <translation>至少三个节点才能构成区划。</translation>
        </message>
        <message>
            <source>Tick it where the river lines are digitised from mouth to source.</source>
            <translation>河流线自河口向源头绘制时勾选。</translation>
        </message>
        <message>
            <source>Times</source>
            <translation>乘以</translation>
        </message>
        <message>
            <source>Title</source>
            <translation>标题</translation>
        </message>
        <message>
            <source>Title ro&amp;w</source>
            <translation>列名行(&amp;W)</translation>
        </message>
        <message>
            <source>To</source>
            <translation>止</translation>
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
            <source>Topological editing: neighbours keep their common boundary</source>
            <translation>拓扑编辑:相邻区划保持公共边界</translation>
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
            <source>Tributaries count as the river itself, as far as the distance upstream reaches.</source>
            <translation>支流与干流同等对待,直至上游距离用尽。</translation>
        </message>
        <message>
            <source>Try only</source>
            <translation>仅试算</translation>
        </message>
        <message>
            <source>Trying the import of {file}…</source>
            <translation>正在试导入{file}…</translation>
        </message>
        <message>
            <source>Turn the wheel to look closer</source>
            <translation>滚动滚轮可放大查看</translation>
        </message>
        <message>
            <source>Two of the layers are called {name}; check them one after the other.</source>
            <translation>有两个图层都叫 {name}；请分别检查。</translation>
        </message>
        <message>
            <source>Two of the layers are called {name}; write them one after the other.</source>
            <translation>有两个图层都叫 {name};请分别导出。</translation>
        </message>
        <message>
            <source>Type a part of the layer's name, in Chinese or English</source>
            <translation>输入图层名称的一部分，中英文均可</translation>
        </message>
        <message>
            <source>Type a part of the name to find it</source>
            <translation>输入名称的一部分即可查找</translation>
        </message>
        <message>
            <source>Type of the sites that do not state one themselves, for instance coal_boiler. A wrong name is answered with the nearest ones.</source>
            <translation>用于自身未注明设施类型的地块,例如 coal_boiler。名称有误时会提示相近名称。</translation>
        </message>
        <message>
            <source>Type unknown: all clauses on certain types remain to be verified.</source>
            <translation>类型未知：所有针对具体类型的条款均列为待核实。</translation>
        </message>
        <message>
            <source>Unexpected error ({error}); the message log has the details.</source>
            <translation>意外错误({error}),详情见消息日志。</translation>
        </message>
        <message>
            <source>Unknown</source>
            <translation>未知</translation>
        </message>
        <message>
            <source>Unknown; type a name to search</source>
            <translation>未知；输入名称查找</translation>
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
            <source>Use a mapping that was saved before, also for files of the same kind</source>
            <translation>使用以前保存的字段对应关系，适用于同类文件</translation>
        </message>
        <message>
            <source>User</source>
            <translation>用户</translation>
        </message>
        <message>
            <source>Valid from</source>
            <translation>生效日期</translation>
        </message>
        <message>
            <source>Validate zones</source>
            <translation>检查区划数据</translation>
        </message>
        <message>
            <source>Validate…</source>
            <translation>质量检查…</translation>
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
            <source>Values outside domains</source>
            <translation>值域外的值</translation>
        </message>
        <message>
            <source>Verdict</source>
            <translation>研判结论</translation>
        </message>
        <message>
            <source>Verdicts</source>
            <translation>研判结论</translation>
        </message>
        <message>
            <source>Version and editor</source>
            <translation>版本与修改人</translation>
        </message>
        <message>
            <source>Vertex table</source>
            <translation>拐点坐标表</translation>
        </message>
        <message>
            <source>W&amp;KT</source>
            <translation>WKT 列(&amp;K)</translation>
        </message>
        <message>
            <source>Wanted in</source>
            <translation>目标坐标系</translation>
        </message>
        <message>
            <source>Warnings</source>
            <translation>警告</translation>
        </message>
        <message>
            <source>Warnings: {warnings}.</source>
            <translation>警告 {warnings} 项。</translation>
        </message>
        <message>
            <source>Water</source>
            <translation>水域</translation>
        </message>
        <message>
            <source>Water and land in one row</source>
            <translation>水域陆域合为一个要素</translation>
        </message>
        <message>
            <source>Water or land</source>
            <translation>水域或陆域</translation>
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
            <source>Web Page (html)…</source>
            <translation>网页(html)…</translation>
        </message>
        <message>
            <source>Web page (*.html)</source>
            <translation>网页 (*.html)</translation>
        </message>
        <message>
            <source>Web pages (*.html)</source>
            <translation>网页 (*.html)</translation>
        </message>
        <message>
            <source>Wells</source>
            <translation>水井</translation>
        </message>
        <message>
            <source>Wells are far apart beyond so many radii of each other.</source>
            <translation>井间距超过若干倍半径即为相距较远。</translation>
        </message>
        <message>
            <source>What</source>
            <translation>内容</translation>
        </message>
        <message>
            <source>What Applies Here?</source>
            <translation>此处适用哪些管控?</translation>
        </message>
        <message>
            <source>What could not be drawn and what is in doubt.</source>
            <translation>未能绘制的和存疑的内容。</translation>
        </message>
        <message>
            <source>What is known of the facility, one NAME=VALUE to a line or separated by semicolons, such as capacity_tph=20. A clause that asks for another attribute is to be verified.</source>
            <translation>已知的设施属性,每行一个“名称=值”,或用分号隔开,如 capacity_tph=20。条款所需的其他属性未提供时,列为待核实。</translation>
        </message>
        <message>
            <source>What is printed</source>
            <translation>打印内容</translation>
        </message>
        <message>
            <source>What is to be built, for instance livestock_farm. A wrong name is answered with the nearest ones.</source>
            <translation>拟建设施的类型,如 livestock_farm。名称有误时会提示相近的名称。</translation>
        </message>
        <message>
            <source>What is to be built: a name or a part of it, in Chinese or English</source>
            <translation>拟建设施：输入名称或其中几个字，中英文均可</translation>
        </message>
        <message>
            <source>What lies near a river section, and who has to clear it?</source>
            <translation>断面周边有什么,由谁清理?</translation>
        </message>
        <message>
            <source>What the boundary encloses.</source>
            <translation>边界所围的内容。</translation>
        </message>
        <message>
            <source>What the column's numbers are multiplied with, where its unit is another</source>
            <translation>单位不同时，该列数值要乘的系数</translation>
        </message>
        <message>
            <source>What the words of column {column} mean for {field}; rows with a word that means nothing are rejected</source>
            <translation>“{column}”列的词语对应“{field}”的哪个值；没有对应的行将被拒收</translation>
        </message>
        <message>
            <source>What to do with rows whose id, or name and place, the layer has already.</source>
            <translation>标识相同，或名称与位置相同的行如何处理。</translation>
        </message>
        <message>
            <source>What to mend. Each repair is listed in the issues; what is not chosen is listed and left as it is.</source>
            <translation>选择要修复的内容。每处修复都列入问题图层;未选择的只列出,保持原样。</translation>
        </message>
        <message>
            <source>What to print</source>
            <translation>出图内容</translation>
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
            <source>When</source>
            <translation>时间</translation>
        </message>
        <message>
            <source>Where a document gives no number (“beside rivers”), the office sets one. What is set here is copied into projects that have none of their own.</source>
            <translation>文件未写明数值的(如“河流两侧”),由本单位确定。此处的设置会写入尚未自行设置的工程。</translation>
        </message>
        <message>
            <source>Where a document gives no number (“beside rivers”), the office sets one. What rests on such a distance is reported as preliminary.</source>
            <translation>文件未写明数值的(如“河流两侧”),由本单位确定。依据此类距离得出的结论列为初步研判。</translation>
        </message>
        <message>
            <source>Where each clause binds, and where that is to be verified.</source>
            <translation>各条款约束成立的范围,以及待核实的范围。</translation>
        </message>
        <message>
            <source>Where in an area a facility may go at all</source>
            <translation>区域内哪些地方可以选址</translation>
        </message>
        <message>
            <source>Where it is worse than the last digit.</source>
            <translation>精度低于末位数字时填写。</translation>
        </message>
        <message>
            <source>Where neither the channel nor a width is known; written as to be verified.</source>
            <translation>河道面和河宽均不明时采用;记为待核实。</translation>
        </message>
        <message>
            <source>Where rows that fail are kept, with the reason.</source>
            <translation>不合格的行及其原因存放处。</translation>
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
            <source>Where the file holds several.</source>
            <translation>文件含多个时填写。</translation>
        </message>
        <message>
            <source>Where the river forks below the section, follow the main arm alone instead of all arms.</source>
            <translation>断面下游分汊时,只追溯主汊,不追溯全部汊道。</translation>
        </message>
        <message>
            <source>Whether columns are headed with titles and codes written as titles, or both as they are in the map.</source>
            <translation>列名用标题且代码写成中文,或均与地图中一致。</translation>
        </message>
        <message>
            <source>Whether the document states the figures, or they are the office's own. Written with each of them.</source>
            <translation>数值出自文件还是本单位自定;随每个数值一并记录。</translation>
        </message>
        <message>
            <source>Whether the land of an outer level also lies beside the stretch of the inner one.</source>
            <translation>外层级别的陆域是否也包括内层河段两侧。</translation>
        </message>
        <message>
            <source>Which changes are listed</source>
            <translation>列出哪些改动</translation>
        </message>
        <message>
            <source>Which column becomes which field</source>
            <translation>列与字段的对应</translation>
        </message>
        <message>
            <source>Which line is the bank is the office's decision; it is written to the zone. Where the layer does not reach, the next best one counts, and the zone says so.</source>
            <translation>以哪条线为岸线由主管部门确定,并写入管控范围。该图层未覆盖处,自河宽或中心线起算,并在管控范围中注明。</translation>
        </message>
        <message>
            <source>Which of these holds the sites?</source>
            <translation>地块在其中哪一个里？</translation>
        </message>
        <message>
            <source>Which one</source>
            <translation>打印对象</translation>
        </message>
        <message>
            <source>Which one map, its layers, rulebooks and day</source>
            <translation>当前一张图、图层、条款库与基准日</translation>
        </message>
        <message>
            <source>Which river?</source>
            <translation>是哪条河？</translation>
        </message>
        <message>
            <source>Who</source>
            <translation>修改人</translation>
        </message>
        <message>
            <source>Who changed the selected feature, when, before and after</source>
            <translation>选中要素由谁、何时修改,修改前后各是什么</translation>
        </message>
        <message>
            <source>Whose figures</source>
            <translation>数值出处</translation>
        </message>
        <message>
            <source>Why</source>
            <translation>依据</translation>
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
            <source>With &amp;map pages ({n})</source>
            <translation>附图页(&amp;M)（{n} 幅）</translation>
        </message>
        <message>
            <source>With commas between: 1101 rivers, 1102 lakes, 1103 reservoirs, 1104 ponds, 1107 ditches, each with its sub-classes. Left empty, all polygons are used.</source>
            <translation>以逗号分隔:1101 河流水面、1102 湖泊水面、1103 水库水面、1104 坑塘水面、1107 沟渠,均含其下级地类。留空则使用全部图斑。</translation>
        </message>
        <message>
            <source>With p&amp;hotos</source>
            <translation>附照片(&amp;H)</translation>
        </message>
        <message>
            <source>With photos</source>
            <translation>附照片</translation>
        </message>
        <message>
            <source>With the number of features that the map holds</source>
            <translation>方括号内为图中要素数</translation>
        </message>
        <message>
            <source>Within {n} pixels</source>
            <translation>{n}像素以内</translation>
        </message>
        <message>
            <source>Without an approval number every page says that it is pending and that the product must not be published before.</source>
            <translation>没有审图号时，每页印“审图号：待取得，取得前不得公开”。</translation>
        </message>
        <message>
            <source>Without unit, such as 0.002.</source>
            <translation>无量纲,如 0.002。</translation>
        </message>
        <message>
            <source>Word</source>
            <translation>词语</translation>
        </message>
        <message>
            <source>Word document (*.docx)</source>
            <translation>Word 文档 (*.docx)</translation>
        </message>
        <message>
            <source>Word documents (*.docx)</source>
            <translation>Word 文档 (*.docx)</translation>
        </message>
        <message>
            <source>Word in the file</source>
            <translation>文件中的词语</translation>
        </message>
        <message>
            <source>Words of the clause, its quotation, or the zone's name</source>
            <translation>条款标题、原文或区划名称中的文字</translation>
        </message>
        <message>
            <source>Words of the clause, its quotation, the layer, the figure or the department</source>
            <translation>条款、原文、图层、指标或单位中的文字</translation>
        </message>
        <message>
            <source>Working CRS</source>
            <translation>工作坐标系</translation>
        </message>
        <message>
            <source>Working Distances</source>
            <translation>工作距离</translation>
        </message>
        <message>
            <source>Working distances of new projects</source>
            <translation>新工程的工作距离</translation>
        </message>
        <message>
            <source>Working river width</source>
            <translation>工作河宽</translation>
        </message>
        <message>
            <source>Working width of rivers without a known width</source>
            <translation>河宽未知时的工作河宽</translation>
        </message>
        <message>
            <source>Would register {new} items and bring {changed} up to date; {same} unchanged, {gone} no longer found.</source>
            <translation>将登记 {new} 个问题，更新 {changed} 个；{same} 个未变，{gone} 个不再发现。</translation>
        </message>
        <message>
            <source>Wr&amp;itten as</source>
            <translation>坐标写法(&amp;I)</translation>
        </message>
        <message>
            <source>Write a printed map of what is shown</source>
            <translation>输出当前内容的专题图</translation>
        </message>
        <message>
            <source>Write layers in the format that another office asks for</source>
            <translation>按其他单位要求的格式导出图层</translation>
        </message>
        <message>
            <source>Write ledgers and reports from results that were made before</source>
            <translation>由已有的研判结果出具台账和报告</translation>
        </message>
        <message>
            <source>Write mixed points, lines and polygons into one shapefile for each kind; else they are refused.</source>
            <translation>将混合的点、线、面按类型写成多个 shapefile;否则拒绝。</translation>
        </message>
        <message>
            <source>Write one file with an interactive map that needs no network</source>
            <translation>写成一个带可交互地图的文件，不需要网络</translation>
        </message>
        <message>
            <source>Write printed maps, a page each</source>
            <translation>成批出图，每个对象一页</translation>
        </message>
        <message>
            <source>Write the changes that are ready; conflicts and refusals are left out.</source>
            <translation>写入可应用的改动;冲突和退回的不写。</translation>
        </message>
        <message>
            <source>Write the items to be rectified as a workbook, overdue ones first</source>
            <translation>将整改问题写成Excel台账，逾期在前</translation>
        </message>
        <message>
            <source>Write the items to be rectified, of a week, a month or all</source>
            <translation>写出整改问题台账，可按周、月等统计</translation>
        </message>
        <message>
            <source>Write the printed map to a PDF or an image</source>
            <translation>将打印地图导出为 PDF 或图像</translation>
        </message>
        <message>
            <source>Write the report as a PDF; needs LibreOffice</source>
            <translation>将报告写成 PDF，需要 LibreOffice</translation>
        </message>
        <message>
            <source>Write the result to a Word document, each clause quoted</source>
            <translation>将结果写入 Word 文档，逐条引用条款原文</translation>
        </message>
        <message>
            <source>Write the result to a file and add it to the project</source>
            <translation>把结果写入文件并加入工程</translation>
        </message>
        <message>
            <source>Write the result to an Excel workbook</source>
            <translation>将结果写入 Excel 工作簿</translation>
        </message>
        <message>
            <source>Writes a ledger (xlsx), a report (docx, pdf) or a page with an interactive map (html) from the results of a siting check, a plan board, river sections or heat radii. The day, the rulebooks, the distances and the fingerprints of the data are those of the check. Where the one map has changed since, a note on the first page says so.

A PDF is made by LibreOffice and needs it installed.</source>
            <translation>由选址研判、任务看板、断面排查或供热半径的结果出具台账(xlsx)、报告(docx、pdf)或带可操作地图的网页(html)。日期、依据文件、工作距离和数据指纹均为研判时的。一张图此后有改动的,首页加注说明。

PDF 由 LibreOffice 生成,须已安装。</translation>
        </message>
        <message>
            <source>Writes layers, unsaved edits included, as shapefile (UTF-8 or GBK, field names cut to ten bytes without collision), GeoPackage, GeoJSON, KML or KMZ (titles and colours of the layers), DXF (closed polylines, one CAD layer per class), CSV or Excel (degrees, degrees-minutes-seconds, areas in hectares and mu) or boundary-point TXT. The suffix of the file says which.

What a format cannot hold is refused or told in the log. An existing file is replaced, and only when all is written.</source>
            <translation>将图层(含未保存的编辑)写为 shapefile(UTF-8 或 GBK,字段名缩至 10 字节且不重名)、GeoPackage、GeoJSON、KML 或 KMZ(含字段标题和图层颜色)、DXF(闭合多段线,每个类别一个 CAD 图层)、CSV 或 Excel(经纬度、度分秒、公顷和亩)或界址点 TXT。格式由文件扩展名决定。

格式无法容纳的内容会被拒绝或在日志中说明。已有文件只在全部写完后才被替换。</translation>
        </message>
        <message>
            <source>Writes one row for each item with its number, place, responsible unit, deadline and state, overdue ones first, with drop-down lists and a total that follows the filter. An edited ledger can be taken back.

For a week, month, quarter or year, sheets tell what came, was done, was closed and is overdue, for each township and responsible unit, beside the period before. A sheet of photos shows each item before and after.</source>
            <translation>每个问题一行，列编号、位置、责任单位、期限和状态，逾期在前，附下拉列表和随筛选变化的合计。填改后的台账可以读回。

选择周、月、季度或年时，另附按乡镇和责任单位统计的新增、完成、销号和逾期情况，并与上期比较。照片页列出每个问题整改前后的照片。</translation>
        </message>
        <message>
            <source>Writing the changes</source>
            <translation>正在写入改动</translation>
        </message>
        <message>
            <source>Writing the document</source>
            <translation>正在写文档</translation>
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
            <source>Writing {file}</source>
            <translation>正在写入 {file}</translation>
        </message>
        <message>
            <source>Written to all features, where the polygons are one river.</source>
            <translation>各图斑同属一条河时,写入全部要素。</translation>
        </message>
        <message>
            <source>Written: &lt;a href="{url}"&gt;{path}&lt;/a&gt;</source>
            <translation>已写入：&lt;a href="{url}"&gt;{path}&lt;/a&gt;</translation>
        </message>
        <message>
            <source>Written: {file}</source>
            <translation>已写入：{file}</translation>
        </message>
        <message>
            <source>Yes</source>
            <translation>是</translation>
        </message>
        <message>
            <source>Your name in the history of a map file (a shared map in PostgreSQL knows your login):</source>
            <translation>记入一张图文件历史的姓名(PostgreSQL共享图按登录用户记录):</translation>
        </message>
        <message>
            <source>Your office's own document: its page, heads and styles are used</source>
            <translation>本单位的文档模板：采用其页面、页眉页脚和样式</translation>
        </message>
        <message>
            <source>Zone Measures</source>
            <translation>区划量算</translation>
        </message>
        <message>
            <source>Zone changes between two days</source>
            <translation>两个日期之间的区划变化</translation>
        </message>
        <message>
            <source>Zone from a Vertex Table…</source>
            <translation>由拐点坐标表成图…</translation>
        </message>
        <message>
            <source>Zone level</source>
            <translation>保护区级别</translation>
        </message>
        <message>
            <source>Zone {area} km²</source>
            <translation>范围 {area} 平方千米</translation>
        </message>
        <message>
            <source>Zones</source>
            <translation>管控区</translation>
        </message>
        <message>
            <source>Zones and Features</source>
            <translation>分区与要素</translation>
        </message>
        <message>
            <source>Zones and Rivers</source>
            <translation>区划与河流</translation>
        </message>
        <message>
            <source>Zones belong to a water source; give its name.</source>
            <translation>保护区须属于某一水源地;请填写水源地名称。</translation>
        </message>
        <message>
            <source>Zones drawn</source>
            <translation>划定的保护区数</translation>
        </message>
        <message>
            <source>Zones inserted into the map</source>
            <translation>写入一张图的保护区数</translation>
        </message>
        <message>
            <source>Zones that differ</source>
            <translation>有变化的区划数</translation>
        </message>
        <message>
            <source>Zones, Rivers and Roads</source>
            <translation>区划、河流与道路</translation>
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
            <source>Zoom to Layer</source>
            <translation>缩放到图层</translation>
        </message>
        <message>
            <source>Zoom to Sites</source>
            <translation>缩放到地块</translation>
        </message>
        <message>
            <source>Zoom to the Zone</source>
            <translation>缩放至管控范围</translation>
        </message>
        <message>
            <source>Zoom to:</source>
            <translation>缩放到：</translation>
        </message>
        <message>
            <source>a thousand tonnes a day or ten thousand people</source>
            <translation>千吨万人</translation>
        </message>
        <message>
            <source>about {n} km</source>
            <translation>约 {n} 千米</translation>
        </message>
        <message>
            <source>about {n} m</source>
            <translation>约 {n} 米</translation>
        </message>
        <message>
            <source>about {n} min left</source>
            <translation>约剩{n}分钟</translation>
        </message>
        <message>
            <source>about {n} s left</source>
            <translation>约剩{n}秒</translation>
        </message>
        <message>
            <source>added</source>
            <translation>新增</translation>
        </message>
        <message>
            <source>all items</source>
            <translation>全部问题</translation>
        </message>
        <message>
            <source>and {n} more</source>
            <translation>另有 {n} 条</translation>
        </message>
        <message>
            <source>another program</source>
            <translation>其他程序</translation>
        </message>
        <message>
            <source>approval number pending</source>
            <translation>审图号待取得</translation>
        </message>
        <message>
            <source>as proposed</source>
            <translation>按建议值</translation>
        </message>
        <message>
            <source>bank from: {what}</source>
            <translation>起算线：{what}</translation>
        </message>
        <message>
            <source>both sides</source>
            <translation>两侧</translation>
        </message>
        <message>
            <source>bring the map's row up to date</source>
            <translation>更新一张图中的行</translation>
        </message>
        <message>
            <source>change,difference,adjust,cancel,life cycle,history,gained,lost,version</source>
            <translation>变化,差异,调整,取消,生命周期,历史,增加,减少,版本</translation>
        </message>
        <message>
            <source>changed</source>
            <translation>修改</translation>
        </message>
        <message>
            <source>choose</source>
            <translation>请选择</translation>
        </message>
        <message>
            <source>circles</source>
            <translation>圆</translation>
        </message>
        <message>
            <source>circles where wells are far apart, else their hull</source>
            <translation>相距较远的井各自为圆,其余取外包线</translation>
        </message>
        <message>
            <source>city</source>
            <translation>市级</translation>
        </message>
        <message>
            <source>click a cell to fly there</source>
            <translation>单击单元格定位到地图</translation>
        </message>
        <message>
            <source>county</source>
            <translation>县级</translation>
        </message>
        <message>
            <source>crossings without a node</source>
            <translation>缺少节点的相交处</translation>
        </message>
        <message>
            <source>decimal degrees</source>
            <translation>十进制度</translation>
        </message>
        <message>
            <source>declared</source>
            <translation>已声明</translation>
        </message>
        <message>
            <source>degrees, minutes, seconds</source>
            <translation>度分秒</translation>
        </message>
        <message>
            <source>deleted</source>
            <translation>删除</translation>
        </message>
        <message>
            <source>drinking water,zone,canal,corridor,buffer,both sides,delineate</source>
            <translation>饮用水,保护区,渠道,沿线,缓冲,两侧,划定</translation>
        </message>
        <message>
            <source>drinking water,zone,cut,road,dyke,ridge,contour,enclosed,delineate</source>
            <translation>饮用水,保护区,切割,道路,河堤,山脊线,等高线,所围,划定</translation>
        </message>
        <message>
            <source>drinking water,zone,intake,lake,reservoir,circle,shore,delineate</source>
            <translation>饮用水,保护区,取水口,湖泊,水库,圆,岸边,划定</translation>
        </message>
        <message>
            <source>drinking water,zone,intake,river,upstream,downstream,tributary,dyke,delineate</source>
            <translation>饮用水,保护区,取水口,河流,上游,下游,支流,河堤,划定</translation>
        </message>
        <message>
            <source>drinking water,zone,vertex,table,coordinates,degrees,minutes,seconds,delineate</source>
            <translation>饮用水,保护区,拐点,坐标表,坐标,度,分,秒,划定</translation>
        </message>
        <message>
            <source>drinking water,zone,well,groundwater,hull,circle,radius,delineate</source>
            <translation>饮用水,保护区,水井,地下水,外包线,圆,半径,划定</translation>
        </message>
        <message>
            <source>duplicate lines</source>
            <translation>重复线</translation>
        </message>
        <message>
            <source>e.g. 豫政文〔2019〕125号</source>
            <translation>如:豫政文〔2019〕125号</translation>
        </message>
        <message>
            <source>exact duplicate rows</source>
            <translation>完全重复的行</translation>
        </message>
        <message>
            <source>expired</source>
            <translation>已过期</translation>
        </message>
        <message>
            <source>export,save as,shapefile,GBK,KML,KMZ,DXF,CAD,CSV,Excel,TXT,boundary points,GCJ-02</source>
            <translation>导出,另存为,shapefile,GBK,KML,KMZ,DXF,CAD,CSV,Excel,TXT,界址点,GCJ-02</translation>
        </message>
        <message>
            <source>found by itself</source>
            <translation>自动判断</translation>
        </message>
        <message>
            <source>gap {n} m</source>
            <translation>空隙{n} m</translation>
        </message>
        <message>
            <source>gaps within the tolerance</source>
            <translation>容差内的端点缺口</translation>
        </message>
        <message>
            <source>gcj02, bd09, or a code such as EPSG:2383; 'layer' for what the layer declares.</source>
            <translation>gcj02、bd09，或 EPSG:2383 一类的编码；填 layer 表示按图层声明。</translation>
        </message>
        <message>
            <source>heat,radius,boiler,power plant,cogeneration,distance,circle</source>
            <translation>供热,半径,锅炉,电厂,热电联产,距离</translation>
        </message>
        <message>
            <source>import,shapefile,GBK,Excel,CSV,KML,DXF,TXT,boundary points,encoding,GCJ-02,BD-09</source>
            <translation>导入,shapefile,GBK,Excel,CSV,KML,DXF,TXT,界址点,编码,GCJ-02,BD-09</translation>
        </message>
        <message>
            <source>in force from {start} on</source>
            <translation>{start} 起有效</translation>
        </message>
        <message>
            <source>in force from {start} to {end}</source>
            <translation>有效期 {start} 至 {end}</translation>
        </message>
        <message>
            <source>in force until {end}</source>
            <translation>{end} 前有效</translation>
        </message>
        <message>
            <source>in force without a term</source>
            <translation>长期有效</translation>
        </message>
        <message>
            <source>inside it</source>
            <translation>在区内</translation>
        </message>
        <message>
            <source>inside the map's administrative area</source>
            <translation>位于本图行政区内</translation>
        </message>
        <message>
            <source>internal use</source>
            <translation>内部使用</translation>
        </message>
        <message>
            <source>invalid shapes (polygons kept)</source>
            <translation>无效几何（保留面）</translation>
        </message>
        <message>
            <source>junctions without a node</source>
            <translation>缺少节点的交汇处</translation>
        </message>
        <message>
            <source>land</source>
            <translation>陆域</translation>
        </message>
        <message>
            <source>ledger,rectification,item,excel,week,month,quarter,photo,export</source>
            <translation>台账,整改,问题,Excel,周调度,月通报,季度,照片,导出</translation>
        </message>
        <message>
            <source>ledger,rectification,return,excel,round trip,import</source>
            <translation>台账,整改,收回,excel,往返,导入</translation>
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
            <source>map,print,layout,atlas,pdf,png,svg,export</source>
            <translation>地图,打印,布局,图集,pdf,png,svg,导出</translation>
        </message>
        <message>
            <source>measured shift {m} m</source>
            <translation>实测偏移{m}米</translation>
        </message>
        <message>
            <source>metres</source>
            <translation>米</translation>
        </message>
        <message>
            <source>mine</source>
            <translation>我的</translation>
        </message>
        <message>
            <source>names and codes</source>
            <translation>字段名和代码</translation>
        </message>
        <message>
            <source>no</source>
            <translation>否</translation>
        </message>
        <message>
            <source>no feature lies behind this row</source>
            <translation>这一行没有对应的要素</translation>
        </message>
        <message>
            <source>no table</source>
            <translation>图中无此表</translation>
        </message>
        <message>
            <source>none</source>
            <translation>无</translation>
        </message>
        <message>
            <source>none; the built-in form is used</source>
            <translation>无，使用内置格式</translation>
        </message>
        <message>
            <source>not chosen</source>
            <translation>未选择</translation>
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
            <source>one hull</source>
            <translation>一个外包线</translation>
        </message>
        <message>
            <source>one month</source>
            <translation>一个月</translation>
        </message>
        <message>
            <source>one quarter</source>
            <translation>一个季度</translation>
        </message>
        <message>
            <source>one week</source>
            <translation>一周</translation>
        </message>
        <message>
            <source>one year</source>
            <translation>一年</translation>
        </message>
        <message>
            <source>overlap {n} m²</source>
            <translation>重叠{n} m²</translation>
        </message>
        <message>
            <source>packed (ddd.mmss, dddmmss)</source>
            <translation>紧缩写法（ddd.mmss、dddmmss）</translation>
        </message>
        <message>
            <source>pending</source>
            <translation>待取得</translation>
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
            <source>rectification,problem,ledger,follow-up,register,item,number</source>
            <translation>整改,问题,台账,跟踪,登记,清单,编号</translation>
        </message>
        <message>
            <source>reject</source>
            <translation>拒收</translation>
        </message>
        <message>
            <source>reject the row, as a row of its own in the rejects file</source>
            <translation>拒收，写入拒收文件</translation>
        </message>
        <message>
            <source>repeated points</source>
            <translation>重复点</translation>
        </message>
        <message>
            <source>report,ledger,word,excel,pdf,html,document,export</source>
            <translation>报告,台账,word,excel,pdf,html,文书,导出</translation>
        </message>
        <message>
            <source>required: choose a column or a value</source>
            <translation>必填：请选择列或给定值</translation>
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
            <source>round</source>
            <translation>圆头</translation>
        </message>
        <message>
            <source>siting,check,rulebook,clause,verdict,zone,compliance,constraint</source>
            <translation>选址,研判,条款,结论,管控分区,符合性,准入</translation>
        </message>
        <message>
            <source>skip</source>
            <translation>跳过</translation>
        </message>
        <message>
            <source>skip it, the map's row stays</source>
            <translation>跳过，保留一张图中的行</translation>
        </message>
        <message>
            <source>slivers and gaps, snapped to the neighbour</source>
            <translation>碎屑与缝隙，吸附到相邻要素</translation>
        </message>
        <message>
            <source>spikes</source>
            <translation>尖刺</translation>
        </message>
        <message>
            <source>square</source>
            <translation>平头</translation>
        </message>
        <message>
            <source>stopping…</source>
            <translation>正在停止…</translation>
        </message>
        <message>
            <source>straight</source>
            <translation>直角</translation>
        </message>
        <message>
            <source>suitable,siting,area,rulebook,clause,constraint,severity,raster,zone</source>
            <translation>适宜,选址,区域,法规库,条款,限制,严重程度,栅格,区划</translation>
        </message>
        <message>
            <source>swapped axes</source>
            <translation>经纬互换</translation>
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
            <source>the day on which it is opened</source>
            <translation>打开当天</translation>
        </message>
        <message>
            <source>the day on which the project is opened</source>
            <translation>打开工程当天</translation>
        </message>
        <message>
            <source>the day saved with the project</source>
            <translation>工程保存的日期</translation>
        </message>
        <message>
            <source>the document</source>
            <translation>文件</translation>
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
            <source>the folder of the project</source>
            <translation>工程所在文件夹</translation>
        </message>
        <message>
            <source>the left bank</source>
            <translation>左岸</translation>
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
            <source>the office</source>
            <translation>本单位</translation>
        </message>
        <message>
            <source>the public</source>
            <translation>公开</translation>
        </message>
        <message>
            <source>the right bank</source>
            <translation>右岸</translation>
        </message>
        <message>
            <source>the same for all rows</source>
            <translation>所有行相同</translation>
        </message>
        <message>
            <source>the side of the intake</source>
            <translation>取水口一侧</translation>
        </message>
        <message>
            <source>theirs</source>
            <translation>他人的</translation>
        </message>
        <message>
            <source>this day:</source>
            <translation>指定日期:</translation>
        </message>
        <message>
            <source>titles</source>
            <translation>标题</translation>
        </message>
        <message>
            <source>township</source>
            <translation>乡镇级</translation>
        </message>
        <message>
            <source>unknown</source>
            <translation>未知</translation>
        </message>
        <message>
            <source>unnamed river</source>
            <translation>未命名河流</translation>
        </message>
        <message>
            <source>update</source>
            <translation>更新</translation>
        </message>
        <message>
            <source>validate,check,quality,topology,overlap,gap,sliver,nesting,domain,repair,GCJ-02</source>
            <translation>validate,check,quality,检查,质检,拓扑,重叠,缝隙,碎屑,嵌套,值域,修复,GCJ-02</translation>
        </message>
        <message>
            <source>water</source>
            <translation>水域</translation>
        </message>
        <message>
            <source>water and land</source>
            <translation>水域及陆域</translation>
        </message>
        <message>
            <source>water may run both ways</source>
            <translation>水可双向流动</translation>
        </message>
        <message>
            <source>what the format usually has</source>
            <translation>该格式的惯例</translation>
        </message>
        <message>
            <source>yes</source>
            <translation>是</translation>
        </message>
        <message>
            <source>{channels} channels, {length} km of centreline, {issues} issues.</source>
            <translation>河道 {channels} 处,中心线 {length} 千米,问题 {issues} 条。</translation>
        </message>
        <message>
            <source>{column} (found)</source>
            <translation>{column}（自动判断）</translation>
        </message>
        <message>
            <source>{count} zones differ between {first} and {second}.</source>
            <translation>{first} 至 {second} 有 {count} 个区划发生变化。</translation>
        </message>
        <message>
            <source>{count} zones inserted into {map}.</source>
            <translation>已将 {count} 个保护区写入 {map}。</translation>
        </message>
        <message>
            <source>{count} · {n} d</source>
            <translation>{count} · {n} 天</translation>
        </message>
        <message>
            <source>{distance} (to be verified)</source>
            <translation>{distance}(待核实)</translation>
        </message>
        <message>
            <source>{edges} reaches in {parts} connected parts; {found} findings, {mended} repairs, {left} remain.</source>
            <translation>河段 {edges} 条,连通部分 {parts} 个;发现问题 {found} 处,修复 {mended} 处,剩余 {left} 处。</translation>
        </message>
        <message>
            <source>{encoding} (found)</source>
            <translation>{encoding}（自动判断）</translation>
        </message>
        <message>
            <source>{errors} errors, {warnings} warnings, {notes} notes; {mended} repairs.</source>
            <translation>错误 {errors} 条，警告 {warnings} 条，说明 {notes} 条；修复 {mended} 处。</translation>
        </message>
        <message>
            <source>{far} of {limit}</source>
            <translation>{far}／限 {limit}</translation>
        </message>
        <message>
            <source>{field} holds characters that cannot be printed.</source>
            <translation>{field}含有不能印出的字符。</translation>
        </message>
        <message>
            <source>{field}, required</source>
            <translation>{field}，必填</translation>
        </message>
        <message>
            <source>{field}: at most {n} characters can be printed.</source>
            <translation>{field}：最多可印 {n} 个字符。</translation>
        </message>
        <message>
            <source>{file} cannot be copied to {folder} ({error}); save the project elsewhere.</source>
            <translation>无法将 {file} 复制到 {folder}（{error}），请将工程保存到其他位置。</translation>
        </message>
        <message>
            <source>{file} does not exist.</source>
            <translation>{file} 不存在。</translation>
        </message>
        <message>
            <source>{file} was read as {system}.</source>
            <translation>{file} 按 {system} 读取。</translation>
        </message>
        <message>
            <source>{given} of {total} questions answered; the rest remains to be verified.</source>
            <translation>{total} 项已答 {given} 项，其余列为待核实。</translation>
        </message>
        <message>
            <source>{ha} ha</source>
            <translation>{ha}公顷</translation>
        </message>
        <message>
            <source>{ha} ha ({mu} mu)</source>
            <translation>{ha} 公顷（{mu} 亩）</translation>
        </message>
        <message>
            <source>{inner} lies inside {outer} ({name}).</source>
            <translation>{inner}在{outer}内({name})。</translation>
        </message>
        <message>
            <source>{inner} lies {n} m² outside {outer} ({name}).</source>
            <translation>{inner}有{n} m²超出{outer}({name})。</translation>
        </message>
        <message>
            <source>{inside} of {n} features touch the map's administrative area.</source>
            <translation>{n}个要素中有{inside}个落在一张图的行政区划范围内。</translation>
        </message>
        <message>
            <source>{items} items, {late} of them overdue.</source>
            <translation>共{items}个问题，其中逾期{late}个。</translation>
        </message>
        <message>
            <source>{kind} ({n} pages)</source>
            <translation>{kind}（{n} 页）</translation>
        </message>
        <message>
            <source>{kind}: {before} before, {mended} mended, {after} remain</source>
            <translation>{kind}:修复前 {before} 处,已修复 {mended} 处,剩余 {after} 处</translation>
        </message>
        <message>
            <source>{km} km</source>
            <translation>{km} 公里</translation>
        </message>
        <message>
            <source>{km} km outside the map's administrative area</source>
            <translation>在本图行政区外 {km} 千米</translation>
        </message>
        <message>
            <source>{known}, possibly {possible}</source>
            <translation>{known},可能{possible}</translation>
        </message>
        <message>
            <source>{layers} cannot be read now; press Reload.</source>
            <translation>{layers}暂时无法读取,请点击“重新加载”。</translation>
        </message>
        <message>
            <source>{layer} (not in this project)</source>
            <translation>{layer}(不在本工程中)</translation>
        </message>
        <message>
            <source>{layer} ({n} rows)</source>
            <translation>{layer}（{n}行）</translation>
        </message>
        <message>
            <source>{layer} cannot be edited here.</source>
            <translation>{layer}在此不可编辑。</translation>
        </message>
        <message>
            <source>{layer} cannot be edited.</source>
            <translation>“{layer}”不能编辑。</translation>
        </message>
        <message>
            <source>{layer} is declared complete once the edits are saved.</source>
            <translation>{layer}的完整性声明已填写,保存编辑后生效。</translation>
        </message>
        <message>
            <source>{layer} is declared complete.</source>
            <translation>{layer}已声明完整。</translation>
        </message>
        <message>
            <source>{layer} is not in this project.</source>
            <translation>{layer}不在本工程中。</translation>
        </message>
        <message>
            <source>{layer} shows no features.</source>
            <translation>{layer}没有可显示的要素。</translation>
        </message>
        <message>
            <source>{layer}: nothing is wrong.</source>
            <translation>{layer}:未发现问题。</translation>
        </message>
        <message>
            <source>{layer}: {counts}</source>
            <translation>{layer}：{counts}</translation>
        </message>
        <message>
            <source>{layer}: {errors} errors, {warnings} warnings, {notes} notes</source>
            <translation>{layer}:{errors}个错误,{warnings}个警告,{notes}个提示</translation>
        </message>
        <message>
            <source>{level}: metres downstream</source>
            <translation>{level}:下游米数</translation>
        </message>
        <message>
            <source>{level}: metres from the shore</source>
            <translation>{level}:距岸边米数</translation>
        </message>
        <message>
            <source>{level}: metres of land</source>
            <translation>{level}:陆域米数</translation>
        </message>
        <message>
            <source>{level}: metres up tributaries</source>
            <translation>{level}:支流上溯米数</translation>
        </message>
        <message>
            <source>{level}: metres upstream</source>
            <translation>{level}:上游米数</translation>
        </message>
        <message>
            <source>{level}: radius</source>
            <translation>{level}:半径</translation>
        </message>
        <message>
            <source>{level}: radius on the water</source>
            <translation>{level}:水域半径</translation>
        </message>
        <message>
            <source>{m} m</source>
            <translation>{m} 米</translation>
        </message>
        <message>
            <source>{names} and {n} more</source>
            <translation>{names}等，另有 {n} 个</translation>
        </message>
        <message>
            <source>{names}: the rows end by this document. They stay in the map's history.</source>
            <translation>{names}:按此文件取消,原要素保留在一张图的历史中。</translation>
        </message>
        <message>
            <source>{name} in {unit}, position vector convention</source>
            <translation>{name}，单位{unit}，位置矢量（布尔莎）约定</translation>
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
            <source>{name}: adjusted by {document}, in force from {day}. Save the edits to keep it.</source>
            <translation>{name}:已按{document}调整,自{day}起生效。保存编辑后存档。</translation>
        </message>
        <message>
            <source>{name}: cancelled by {document} from {day}. Save the edits to keep it.</source>
            <translation>{name}:已按{document}自{day}起取消。保存编辑后存档。</translation>
        </message>
        <message>
            <source>{name}: draw its new extent first; what you change since the last save becomes the new row.</source>
            <translation>{name}:请先画出新的范围;上次保存以来的修改将成为新的一行。</translation>
        </message>
        <message>
            <source>{name}: no entry; it is as it was when the map was made.</source>
            <translation>{name}:没有记录,自建图以来未改动。</translation>
        </message>
        <message>
            <source>{name}: the row as it is stored ends, and a new row with the extent you have drawn begins by this document.</source>
            <translation>{name}:按此文件,已保存的一行到期失效,您所画的新范围成为新的一行并开始生效。</translation>
        </message>
        <message>
            <source>{name}: {n} entries</source>
            <translation>{name}:{n}条记录</translation>
        </message>
        <message>
            <source>{n} brought up to date</source>
            <translation>已更新{n}行</translation>
        </message>
        <message>
            <source>{n} clauses along rivers or by sight need the whole check</source>
            <translation>{n} 条沿河、通视类条款需整体研判</translation>
        </message>
        <message>
            <source>{n} clauses hold everywhere in the jurisdiction</source>
            <translation>另有 {n} 条在全辖区适用</translation>
        </message>
        <message>
            <source>{n} clauses look at it:</source>
            <translation>涉及该图层的条款 {n} 条:</translation>
        </message>
        <message>
            <source>{n} corners</source>
            <translation>{n} 个拐点</translation>
        </message>
        <message>
            <source>{n} features</source>
            <translation>要素 {n} 个</translation>
        </message>
        <message>
            <source>{n} features selected</source>
            <translation>已选中 {n} 个要素</translation>
        </message>
        <message>
            <source>{n} features shown.</source>
            <translation>已显示{n}个要素。</translation>
        </message>
        <message>
            <source>{n} items were changed as the ledger says.</source>
            <translation>已按台账改动 {n} 个问题。</translation>
        </message>
        <message>
            <source>{n} layers that clauses look at are not declared complete; what depends on them is to be verified.</source>
            <translation>条款涉及的图层中有 {n} 个未声明完整,相关结论列为待核实。</translation>
        </message>
        <message>
            <source>{n} loaded</source>
            <translation>已导入{n}行</translation>
        </message>
        <message>
            <source>{n} m</source>
            <translation>{n} 米</translation>
        </message>
        <message>
            <source>{n} maps written to &lt;a href="{url}"&gt;{path}&lt;/a&gt;</source>
            <translation>已将 {n} 幅图写入 &lt;a href="{url}"&gt;{path}&lt;/a&gt;</translation>
        </message>
        <message>
            <source>{n} more rows like it.</source>
            <translation>另有{n}行情况相同。</translation>
        </message>
        <message>
            <source>{n} of the first rows cannot be read; the check lists them with the reason.</source>
            <translation>前几行中有{n}行无法读取，检查时会列出原因。</translation>
        </message>
        <message>
            <source>{n} of them inside the map's administrative area</source>
            <translation>其中 {n} 个位于本图行政区内</translation>
        </message>
        <message>
            <source>{n} of {all} layers hold features</source>
            <translation>{all} 个图层中 {n} 个有要素</translation>
        </message>
        <message>
            <source>{n} of {total} features selected; the others are not among the project's layers</source>
            <translation>已选中 {n} 个要素，共 {total} 个；其余不在本工程的图层中</translation>
        </message>
        <message>
            <source>{n} of {total} rows</source>
            <translation>显示 {n} 行，共 {total} 行</translation>
        </message>
        <message>
            <source>{n} outside the jurisdiction</source>
            <translation>界外 {n} 个</translation>
        </message>
        <message>
            <source>{n} rejected</source>
            <translation>拒收{n}行</translation>
        </message>
        <message>
            <source>{n} rows</source>
            <translation>{n}行</translation>
        </message>
        <message>
            <source>{n} rows read: {parts}.</source>
            <translation>共读取{n}行：{parts}。</translation>
        </message>
        <message>
            <source>{n} rows rejected: {why}</source>
            <translation>拒收{n}行：{why}</translation>
        </message>
        <message>
            <source>{n} shown</source>
            <translation>显示 {n} 个</translation>
        </message>
        <message>
            <source>{n} sites checked: {fail} refused, {restricted} restricted, {undecided} to be verified.</source>
            <translation>已研判 {n} 个地块：不通过 {fail} 个，受限 {restricted} 个，待核实 {undecided} 个。</translation>
        </message>
        <message>
            <source>{n} skipped</source>
            <translation>跳过{n}行</translation>
        </message>
        <message>
            <source>{n} to be verified</source>
            <translation>待核实 {n} 个</translation>
        </message>
        <message>
            <source>{n} words without a code below; {why}</source>
            <translation>下面有{n}个词语未对应代码；{why}</translation>
        </message>
        <message>
            <source>{n} would be brought up to date</source>
            <translation>将更新{n}行</translation>
        </message>
        <message>
            <source>{n} would be loaded</source>
            <translation>将导入{n}行</translation>
        </message>
        <message>
            <source>{n} would be rejected</source>
            <translation>将拒收{n}行</translation>
        </message>
        <message>
            <source>{n} would be skipped</source>
            <translation>将跳过{n}行</translation>
        </message>
        <message>
            <source>{path} (imported)</source>
            <translation>{path}（已导入）</translation>
        </message>
        <message>
            <source>{path} could not be made ({error}).</source>
            <translation>无法创建 {path}({error})。</translation>
        </message>
        <message>
            <source>{path} exists already. Replace it?</source>
            <translation>{path} 已存在，是否替换？</translation>
        </message>
        <message>
            <source>{path} is there already. Replace it?</source>
            <translation>{path} 已存在,是否替换?</translation>
        </message>
        <message>
            <source>{period}; expired</source>
            <translation>{period};已到期</translation>
        </message>
        <message>
            <source>{period}; not yet in force</source>
            <translation>{period};尚未施行</translation>
        </message>
        <message>
            <source>{period}; superseded by {by}</source>
            <translation>{period};已被{by}替代</translation>
        </message>
        <message>
            <source>{plants} plants, {hits} boilers within the radius, {issues} issues.</source>
            <translation>热源 {plants} 座,半径内锅炉 {hits} 台,数据问题 {issues} 个。</translation>
        </message>
        <message>
            <source>{read} rows read: {loaded} loaded, {updated} updated, {skipped} skipped, {rejected} rejected.</source>
            <translation>读取 {read} 行：入库 {loaded} 行，更新 {updated} 行，跳过 {skipped} 行，拒收 {rejected} 行。</translation>
        </message>
        <message>
            <source>{read} rows read: {loaded} would be loaded, {updated} updated, {skipped} skipped, {rejected} rejected.</source>
            <translation>读取 {read} 行：将入库 {loaded} 行，更新 {updated} 行，跳过 {skipped} 行，拒收 {rejected} 行。</translation>
        </message>
        <message>
            <source>{river}, {n} m away</source>
            <translation>{river}，相距 {n} 米</translation>
        </message>
        <message>
            <source>{rows} rows, {same} unchanged; {ready} changes ready, {conflict} in conflict, {refused} refused</source>
            <translation>共 {rows} 行,{same} 行未改;可应用 {ready} 处,冲突 {conflict} 处,退回 {refused} 处</translation>
        </message>
        <message>
            <source>{rows} rows: {ready} changes ready, {conflict} in conflict, {refused} refused; {items} items changed.</source>
            <translation>共 {rows} 行:可应用 {ready} 处,冲突 {conflict} 处,退回 {refused} 处;改动 {items} 个问题。</translation>
        </message>
        <message>
            <source>{share} inside the jurisdiction</source>
            <translation>{share}落在辖区内</translation>
        </message>
        <message>
            <source>{shown} of {total} clauses</source>
            <translation>显示 {shown} 条，共 {total} 条</translation>
        </message>
        <message>
            <source>{shown} of {total} findings</source>
            <translation>显示 {shown} 项，共 {total} 项</translation>
        </message>
        <message>
            <source>{size}, middle {x}, {y}</source>
            <translation>{size},中心{x}, {y}</translation>
        </message>
        <message>
            <source>{system}, north first</source>
            <translation>{system}，北坐标在前</translation>
        </message>
        <message>
            <source>{text} is no address of a database table.</source>
            <translation>{text}不是数据库表的地址。</translation>
        </message>
        <message>
            <source>{verdict}: {km2:.2f} km², {ha:.1f} ha, {mu:.0f} mu ({share:.1%})</source>
            <translation>{verdict}:{km2:.2f} km²,{ha:.1f} 公顷,{mu:.0f} 亩({share:.1%})</translation>
        </message>
        <message>
            <source>{zones} sections traced, {features} features found, {issues} issues.</source>
            <translation>已追溯断面 {zones} 个,范围内要素 {features} 个,数据问题 {issues} 个。</translation>
        </message>
        <message>
            <source>“{key}” has no place on the map.</source>
            <translation>“{key}”在图上没有位置。</translation>
        </message>
        <message>
            <source>“{text}” is no map approval number: it has no digits. Leave it empty while it is pending.</source>
            <translation>“{text}”不是审图号：其中没有数字。尚未取得时请留空。</translation>
        </message>
    </context>
</TS>
