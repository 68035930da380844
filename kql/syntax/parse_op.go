package syntax

import "strings"

// operators are the operators by the words that start them. The functions find the word taken.
var operators map[string]func(p *parser) Operator

// operatorNames are the keys of operators that are worth proposing for a misspelt one.
var operatorNames []string

// sources are the operators that can start a query.
var sources = wordSet("evaluate find macro-expand print range search union")

// The map refers to functions that refer to the map, so it cannot be filled where it is declared.
func init() {
	operators = map[string]func(p *parser) Operator{
		"as":                    (*parser).asOp,
		"assert-schema":         func(p *parser) Operator { return &AssertSchema{Schema: p.schema()} },
		"consume":               func(p *parser) Operator { return &Consume{Params: p.params(anyParam)} },
		"count":                 (*parser).count,
		"distinct":              (*parser).distinct,
		"evaluate":              (*parser).evaluate,
		"__executeAndCache":     func(*parser) Operator { return &ExecuteAndCache{} },
		"extend":                func(p *parser) Operator { return &Extend{Exprs: list(p, p.named)} },
		"facet":                 (*parser).facet,
		"filter":                (*parser).where,
		"find":                  (*parser).find,
		"fork":                  (*parser).fork,
		"getschema":             func(p *parser) Operator { return &GetSchema{Params: p.params(anyParam)} },
		"graph-mark-components": func(p *parser) Operator { return &GraphMarkComponents{Params: p.params(anyParam)} },
		"graph-match":           func(p *parser) Operator { return p.graphMatch(false) },
		"graph-merge":           (*parser).graphMerge,
		"graph-shortest-paths":  func(p *parser) Operator { return p.graphMatch(true) },
		"graph-to-table":        func(p *parser) Operator { return &GraphToTable{Outputs: list(p, p.graphOutput)} },
		"graph-where-edges":     func(p *parser) Operator { return &GraphWhere{Edges: true, X: p.expr()} },
		"graph-where-nodes":     func(p *parser) Operator { return &GraphWhere{X: p.expr()} },
		"invoke":                (*parser).invoke,
		"join":                  (*parser).join,
		"limit":                 (*parser).take,
		"lookup":                (*parser).lookup,
		"macro-expand":          (*parser).macroExpand,
		"make-graph":            (*parser).makeGraph,
		"make-series":           (*parser).makeSeries,
		"mv-apply":              (*parser).mvApply,
		"mvapply":               (*parser).mvApply,
		"mv-expand":             (*parser).mvExpand,
		"mvexpand":              (*parser).mvExpand,
		"order":                 (*parser).sort,
		"parse":                 func(p *parser) Operator { return p.parse(false) },
		"parse-kv":              (*parser).parseKV,
		"parse-where":           func(p *parser) Operator { return p.parse(true) },
		"partition":             (*parser).partition,
		"__partitionby":         (*parser).partitionBy,
		"print":                 func(p *parser) Operator { return &Print{Exprs: list(p, p.named)} },
		"project":               func(p *parser) Operator { return p.project(ProjectSet, p.named) },
		"project-away":          func(p *parser) Operator { return p.project(ProjectAway, p.pattern) },
		"project-by-names":      func(p *parser) Operator { return p.project(ProjectByNames, p.byName) },
		"project-keep":          func(p *parser) Operator { return p.project(ProjectKeep, p.pattern) },
		"project-rename":        func(p *parser) Operator { return p.project(ProjectRename, p.named) },
		"project-reorder":       func(p *parser) Operator { return p.project(ProjectReorder, p.orderedPattern) },
		"range":                 (*parser).rangeOp,
		"reduce":                (*parser).reduce,
		"render":                (*parser).render,
		"sample":                func(p *parser) Operator { return &Sample{Params: p.params(hintParam), N: p.named()} },
		"sample-distinct":       (*parser).sampleDistinct,
		"scan":                  (*parser).scan,
		"search":                (*parser).search,
		"serialize":             (*parser).serialize,
		"sort":                  (*parser).sort,
		"summarize":             (*parser).summarize,
		"take":                  (*parser).take,
		"top":                   (*parser).top,
		"top-hitters":           (*parser).topHitters,
		"top-nested":            func(p *parser) Operator { return &TopNested{Levels: p.topNestedLevels()} },
		"union":                 (*parser).union,
		"where":                 (*parser).where,
	}
	for name := range operators {
		if !strings.HasPrefix(name, "__") && name != "mvapply" && name != "mvexpand" {
			operatorNames = append(operatorNames, name)
		}
	}
}

// operator reads one operator.
func (p *parser) operator() Operator {
	start := p.start()
	t := p.tok()
	if name, ok := p.misspeltDashes(t); ok {
		p.report(p.span(start).Join(p.peek(2).At), "unknown operator %s; did you mean %s?", quote(t.Text+"-"+p.peek(2).Text), quote(name))
		p.skipTo(TokBar, TokSemicolon)
		return &BadOp{Loc: p.loc(start)}
	}
	read, ok := operators[t.Text]
	if t.Kind != TokWord || !ok {
		return p.badOp(t)
	}
	p.next()
	if !p.enter() {
		return &BadOp{Loc: p.loc(start)}
	}
	defer p.leave()
	op := read(p)
	op.(interface{ widen(Span) }).widen(p.span(start))
	return op
}

// misspeltDashes finds the operator that was meant by something like `projct-away`, which else
// is `project` with a negative number.
func (p *parser) misspeltDashes(t Token) (string, bool) {
	dash, rest := p.peek(1), p.peek(2)
	if t.Kind != TokWord || dash.Kind != TokMinus || rest.Kind != TokWord || dash.At.Start != t.At.End || rest.At.Start != dash.At.End {
		return "", false
	}
	name, ok := nearest(t.Text+"-"+rest.Text, operatorNames)
	return name, ok && strings.Contains(name, "-")
}

// badOp reports what stands where an operator should.
func (p *parser) badOp(t Token) Operator {
	start := p.start()
	if t.Kind == TokBar && p.pos > 0 && p.tokens[p.pos-1].At.End == t.At.Start {
		p.report(t.At, `expected an operator, found "|"; did you mean "or"?`)
		p.next()
		p.skipTo(TokBar, TokSemicolon)
		return &BadOp{Loc: p.loc(start)}
	}
	if t.Kind != TokWord {
		p.fail("an operator")
		p.skipTo(TokBar, TokSemicolon)
		return &BadOp{Loc: p.loc(start)}
	}
	hint := ""
	if name, ok := nearest(t.Text, operatorNames); ok {
		hint = "; did you mean " + quote(name) + "?"
	}
	p.report(t.At, "unknown operator %s%s", quote(t.Text), hint)
	name := p.word()
	p.skipTo(TokBar, TokSemicolon)
	return &BadOp{p.loc(start), name}
}

// Operators, in the order of their names.

func (p *parser) asOp() Operator {
	return &As{Params: p.params(anyParam), Name: p.name()}
}

func (p *parser) count() Operator {
	c := &Count{}
	if p.acceptWord("as") {
		c.As = p.name()
	}
	return c
}

func (p *parser) distinct() Operator {
	d := &Distinct{Params: p.params(hintParam)}
	d.Exprs = list(p, func() Expr {
		start := p.start()
		if p.at(TokStar) && (p.peek(1).Kind == TokComma || p.peek(1).Kind == TokBar || p.peek(1).Kind == TokSemicolon ||
			p.peek(1).Kind == TokRParen || p.peek(1).Kind == TokRBrace || p.peek(1).Kind == TokEOF) {
			p.next()
			return &Star{p.loc(start)}
		}
		return p.named()
	})
	return d
}

func (p *parser) evaluate() Operator {
	e := &Evaluate{Params: p.params(anyParam)}
	start := p.start()
	e.Call = p.call(start, p.name())
	if p.accept(TokColon) {
		e.Schema = p.schema()
	}
	return e
}

func (p *parser) facet() Operator {
	f := &Facet{}
	p.expectWord("by")
	f.By = list(p, func() Expr { return p.path(false) })
	if p.acceptWord("with") {
		if p.accept(TokLParen) {
			f.With, _ = p.subPipe().(*Pipe)
			p.close(TokRParen)
		} else {
			start := p.start()
			op := p.operator()
			f.With = &Pipe{p.loc(start), nil, []Operator{op}}
		}
	}
	return f
}

// path reads a name with members and indices. Where a parenthesis has its own meaning behind a
// name, it makes no call.
func (p *parser) path(calls bool) Expr {
	start := p.start()
	if p.nameLen(0) == 0 {
		p.fail("a name")
		return &BadExpr{p.loc(start)}
	}
	name := p.name()
	if calls && p.at(TokLParen) {
		return p.members(start, p.call(start, name))
	}
	return p.members(start, name)
}

func (p *parser) find() Operator {
	f := &Find{DataScope: p.dataScope()}
	f.Params = p.params(anyParam)
	f.In = p.inTables()
	if f.Params != nil || f.In != nil {
		p.expectWord("where")
	} else {
		p.acceptWord("where")
	}
	f.Where = p.expr()
	switch {
	case p.acceptWord("project"):
		f.Project = list(p, p.findColumn)
	case p.acceptWord("project-smart"):
		f.ProjectSmart = true
	}
	if p.acceptWord("__projectAway") {
		f.ProjectAway = list(p, p.findColumn)
	}
	return f
}

func (p *parser) dataScope() *Ident {
	if !p.atWord("datascope") {
		return nil
	}
	p.next()
	p.expect(TokAssign)
	return p.name()
}

// inTables reads `in (tables)` of find and search.
func (p *parser) inTables() []Expr {
	if !p.acceptWord("in") || !p.expect(TokLParen) {
		return nil
	}
	tables := list(p, func() Expr {
		start := p.start()
		x := p.entity()
		if p.at(TokBar) {
			return p.stages(start, x, nil)
		}
		return x
	})
	p.close(TokRParen)
	return tables
}

func (p *parser) findColumn() *FindColumn {
	start := p.start()
	c := &FindColumn{}
	switch {
	case p.at(TokStar):
		p.next()
		c.Star = true
	case p.atWord("pack") && p.peek(1).Kind == TokLParen:
		p.next()
		p.next()
		p.expect(TokStar)
		p.close(TokRParen)
		c.Pack = true
	default:
		c.Column = p.optionalType()
	}
	c.Loc = p.loc(start)
	return c
}

func (p *parser) fork() Operator {
	f := &Fork{}
	for p.at(TokLParen) || p.namedLen() > 0 {
		start := p.start()
		b := &ForkBranch{}
		if !p.at(TokLParen) {
			b.Name = p.name()
			p.next()
		}
		if p.expect(TokLParen) {
			b.X = p.subPipe()
			p.close(TokRParen)
		} else {
			b.X = &BadExpr{p.loc(p.start())}
		}
		b.Loc = p.loc(start)
		f.Branches = append(f.Branches, b)
	}
	if f.Branches == nil {
		p.fail(`"(" or a name`)
	}
	return f
}

func (p *parser) invoke() Operator {
	start := p.start()
	x := p.path(true)
	call := x
	if m, ok := x.(*Member); ok {
		call = m.Sel
	}
	if _, ok := call.(*Call); !ok {
		p.report(p.span(start), "invoke needs a function call")
	}
	return &Invoke{Call: x}
}

func (p *parser) join() Operator {
	j := &Join{Params: p.params(anyParam), Right: p.expr()}
	switch {
	case p.acceptWord("on"):
		j.On = list(p, p.expr)
	case p.acceptWord("where"):
		j.Where = p.expr()
	default:
		p.fail("")
	}
	return j
}

func (p *parser) lookup() Operator {
	l := &Lookup{Params: p.params(anyParam), Right: p.expr()}
	if p.expectWord("on") {
		l.On = list(p, p.expr)
	}
	return l
}

func (p *parser) macroExpand() Operator {
	m := &MacroExpand{Params: p.params(anyParam)}
	switch {
	case p.atWord("entity_group"), p.peek(1).Kind == TokLParen && (p.atWord("cluster") || p.atWord("database")):
		m.Group = p.postfix()
	default:
		m.Group = p.name()
	}
	if p.acceptWord("as") {
		m.Name = p.name()
	}
	if p.expect(TokLParen) {
		m.Statements = p.statements(TokRParen)
		p.close(TokRParen)
	}
	return m
}

func (p *parser) makeSeries() Operator {
	m := &MakeSeries{Params: p.params(kindParam)}
	m.Aggregates = list(p, func() *SeriesAggregate {
		start := p.start()
		a := &SeriesAggregate{X: p.named()}
		if p.acceptWord("default") {
			p.expect(TokAssign)
			a.Default = p.named()
		}
		a.Loc = p.loc(start)
		return a
	})
	p.expectWord("on")
	m.On = p.named()
	if p.acceptWord("in") {
		p.expectWord("range")
		m.InRange = true
		p.expect(TokLParen)
		m.From = p.named()
		p.expect(TokComma)
		m.To = p.named()
		p.expect(TokComma)
		m.Step = p.named()
		p.close(TokRParen)
	} else {
		if p.acceptWord("from") {
			m.From = p.expr()
		}
		if p.acceptWord("to") {
			m.To = p.expr()
		}
		p.expectWord("step")
		m.Step = p.expr()
	}
	if p.acceptWord("by") {
		m.By = list(p, p.named)
	}
	return m
}

func (p *parser) mvApply() Operator {
	m := &MvApply{Params: p.params(mvParam)}
	m.Items = p.mvItems(true)
	if p.acceptWord("limit") {
		m.Limit = p.expr()
	}
	if p.acceptWord("id") {
		m.ID = p.expr()
	}
	p.expectWord("on")
	if p.expect(TokLParen) {
		m.On = p.subPipe()
		p.close(TokRParen)
	} else {
		m.On = &BadExpr{p.loc(p.start())}
	}
	return m
}

func (p *parser) mvExpand() Operator {
	m := &MvExpand{Params: p.params(mvParam)}
	m.Items = p.mvItems(false)
	if p.acceptWord("limit") {
		m.Limit = p.expr()
	}
	return m
}

// mvItems reads the items of mv-expand, or of mv-apply, where `to typeof(T)` may stand alone.
func (p *parser) mvItems(apply bool) []*MvItem {
	return list(p, func() *MvItem {
		start := p.start()
		i := &MvItem{}
		if !apply || !p.atWord("to") {
			i.X = p.named()
		}
		if p.acceptWord("to") {
			if p.atWord("typeof") && p.peek(1).Kind == TokLParen {
				i.To = p.typeOf()
			} else {
				p.fail(`"typeof("`)
			}
		}
		i.Loc = p.loc(start)
		return i
	})
}

func (p *parser) parse(filter bool) Operator {
	o := &ParseOp{Filter: filter}
	o.Params = p.params(func(name string) bool { return name == "flags" || kindParam(name) })
	o.X = p.expr()
	p.expectWord("with")
	for {
		start := p.start()
		switch {
		case p.at(TokStar):
			p.next()
			o.Pattern = append(o.Pattern, &Star{p.loc(start)})
		case p.at(TokString):
			o.Pattern = append(o.Pattern, p.str())
		case p.nameLen(0) > 0 && !p.operatorFollows():
			o.Pattern = append(o.Pattern, p.optionalType())
		default:
			return o
		}
	}
}

func (p *parser) parseKV() Operator {
	o := &ParseKV{X: p.expr()}
	p.expectWord("as")
	o.Schema = p.schema()
	o.Props = p.withProps()
	return o
}

func (p *parser) partition() Operator {
	o := &Partition{Params: p.params(anyParam)}
	p.expectWord("by")
	o.By = p.path(false)
	if p.acceptWord("in") {
		o.Scope = p.postfix()
	}
	switch {
	case p.accept(TokLBrace):
		o.Braces = true
		o.X = p.pipe()
		p.close(TokRBrace)
	case p.accept(TokLParen):
		o.X = p.subPipe()
		p.close(TokRParen)
	default:
		p.fail("")
		o.X = &BadExpr{p.loc(p.start())}
	}
	return o
}

func (p *parser) partitionBy() Operator {
	o := &PartitionBy{Params: p.params(anyParam), By: p.path(false)}
	if p.acceptWord("id") {
		o.ID = p.constant()
	}
	if p.expect(TokLParen) {
		o.X = p.subPipe()
		p.close(TokRParen)
	} else {
		o.X = &BadExpr{p.loc(p.start())}
	}
	return o
}

func (p *parser) project(kind ProjectKind, element func() Expr) Operator {
	o := &Project{Kind: kind}
	if !p.atEnd() {
		o.Exprs = list(p, element)
	}
	return o
}

// byName reads what project-by-names takes: patterns and expressions.
func (p *parser) byName() Expr {
	if p.wildcardLen() > 0 {
		return p.pattern()
	}
	return p.expr()
}

func (p *parser) orderedPattern() Expr {
	start := p.start()
	o := &Ordered{X: p.pattern()}
	o.Order = p.order()
	o.Loc = p.loc(start)
	return o
}

// ordered reads `x asc nulls first`.
func (p *parser) ordered() *Ordered {
	start := p.start()
	o := &Ordered{X: p.named()}
	o.Order = p.order()
	if p.acceptWord("nulls") {
		switch {
		case p.acceptWord("first"):
			o.Nulls = NullsFirst
		case p.acceptWord("last"):
			o.Nulls = NullsLast
		default:
			p.fail("")
		}
	}
	o.Loc = p.loc(start)
	return o
}

func (p *parser) order() Order {
	switch {
	case p.acceptWord("asc"):
		return OrderAsc
	case p.acceptWord("desc"):
		return OrderDesc
	case p.atWord("granny-asc"):
		p.next()
		return OrderGrannyAsc
	case p.atWord("granny-desc"):
		p.next()
		return OrderGrannyDesc
	}
	return OrderDefault
}

func (p *parser) rangeOp() Operator {
	r := &Range{Name: p.name()}
	p.expectWord("from")
	r.From = p.expr()
	p.expectWord("to")
	r.To = p.expr()
	p.expectWord("step")
	r.Step = p.expr()
	return r
}

func (p *parser) reduce() Operator {
	r := &Reduce{Params: p.params(anyParam)}
	p.expectWord("by")
	r.By = p.named()
	if p.acceptWord("with") {
		r.With = list(p, func() *Param { return p.param(false) })
	}
	return r
}

func (p *parser) render() Operator {
	r := &Render{}
	if !p.at(TokWord) {
		p.fail("the kind of chart")
		r.Chart = &Ident{Loc: p.loc(p.start())}
		return r
	}
	r.Chart = p.word()
	for {
		start := p.start()
		switch {
		case p.atWord("kind"), p.atWord("title"), p.atWord("accumulate"):
			r.Params = append(r.Params, p.param(false))
		case p.atWord("with") && p.peek(1).Kind != TokLParen:
			q := &Param{Name: p.word(), Values: []Expr{p.constant()}}
			q.Loc = p.loc(start)
			r.Params = append(r.Params, q)
		case p.atWord("by"):
			q := &Param{Name: p.word()}
			q.Values = list(p, func() Expr { return p.name() })
			q.Loc = p.loc(start)
			r.Params = append(r.Params, q)
		default:
			r.Props = p.withProps()
			return r
		}
	}
}

func (p *parser) sampleDistinct() Operator {
	s := &SampleDistinct{Params: p.params(hintParam), N: p.named()}
	p.expectWord("of")
	s.Of = p.named()
	return s
}

func (p *parser) scan() Operator {
	s := &Scan{Params: p.params(anyParam)}
	if p.acceptWord("order") {
		p.expectWord("by")
		s.OrderBy = list(p, func() Expr { return p.ordered() })
	}
	if p.acceptWord("partition") {
		p.expectWord("by")
		s.PartitionBy = list(p, p.expr)
	}
	if p.acceptWord("declare") && p.expect(TokLParen) {
		if !p.at(TokRParen) {
			s.Declare = list(p, p.funcParam)
		}
		p.close(TokRParen)
	}
	p.expectWord("with")
	if p.expect(TokLParen) {
		for p.acceptWord("step") {
			s.Steps = append(s.Steps, p.scanStep())
		}
		p.close(TokRParen)
	}
	return s
}

// scanStep reads a step whose first word has been taken.
func (p *parser) scanStep() *ScanStep {
	start := p.tokens[p.pos-1].At.Start
	s := &ScanStep{Name: p.name()}
	s.Optional = p.acceptWord("optional")
	if p.acceptWord("output") {
		p.expect(TokAssign)
		s.Output = p.name()
	}
	p.expect(TokColon)
	s.Cond = p.expr()
	if p.accept(TokArrow) {
		s.Assigns = list(p, func() *Named {
			start := p.start()
			n := &Named{Names: []*Ident{p.name()}}
			p.expect(TokAssign)
			n.X = p.expr()
			n.Loc = p.loc(start)
			return n
		})
	}
	if !p.expect(TokSemicolon) {
		p.skipTo(TokSemicolon)
		p.accept(TokSemicolon)
	}
	s.Loc = p.loc(start)
	return s
}

func (p *parser) search() Operator {
	s := &Search{Params: p.params(kindParam), DataScope: p.dataScope()}
	s.In = p.inTables()
	start := p.start()
	s.X = p.searchTerm()
	if p.acceptWord("and") {
		op := p.tokens[p.pos-1].At
		y := p.expr()
		s.X = &Binary{p.loc(start), OpAnd, op, s.X, y}
	}
	return s
}

// searchTerm reads the predicate of search; `*` alone, or before `and`, is all columns.
func (p *parser) searchTerm() Expr {
	start := p.start()
	if p.at(TokStar) {
		switch next := p.peek(1); {
		case next.Kind == TokEOF, next.Kind == TokBar, next.Kind == TokSemicolon, next.Kind == TokRParen, next.Kind == TokRBrace,
			p.peekWord(1, "and"):
			p.next()
			return &Star{p.loc(start)}
		}
	}
	return p.expr()
}

func (p *parser) serialize() Operator {
	s := &Serialize{Params: p.params(hintParam)}
	if !p.atEnd() {
		s.Exprs = list(p, p.named)
	}
	return s
}

func (p *parser) sort() Operator {
	s := &Sort{Params: p.params(anyParam)}
	p.expectWord("by")
	s.By = list(p, func() Expr { return p.ordered() })
	return s
}

func (p *parser) summarize() Operator {
	s := &Summarize{Params: p.params(hintParam)}
	if !p.atEnd() && !p.atWord("by") {
		s.Aggregates = list(p, p.named)
	}
	if p.acceptWord("by") {
		s.HasBy = true
		s.By = list(p, p.named)
		if p.acceptWord("bin") {
			p.expect(TokAssign)
			s.Bin = p.expr()
		}
	}
	return s
}

func (p *parser) take() Operator {
	return &Take{Params: p.params(hintParam), N: p.named()}
}

func (p *parser) top() Operator {
	t := &Top{Params: p.params(hintParam), N: p.named()}
	p.expectWord("by")
	t.By = p.ordered()
	return t
}

func (p *parser) topHitters() Operator {
	t := &TopHitters{N: p.named()}
	p.expectWord("of")
	t.Of = p.named()
	if p.acceptWord("by") {
		t.By = p.named()
	}
	return t
}

// topNestedLevels reads the levels of top-nested, the word of the first of which has been taken.
func (p *parser) topNestedLevels() []*TopNestedLevel {
	first := true
	return list(p, func() *TopNestedLevel {
		start := p.start()
		if first {
			start = p.tokens[p.pos-1].At.Start
		} else {
			p.expectWord("top-nested")
		}
		first = false
		l := &TopNestedLevel{}
		if !p.atWord("of") {
			l.N = p.named()
		}
		p.expectWord("of")
		l.Of = p.named()
		if p.acceptWord("with") {
			p.expectWord("others")
			p.expect(TokAssign)
			l.Others = p.expr()
		}
		p.expectWord("by")
		l.By = p.ordered()
		l.Loc = p.loc(start)
		return l
	})
}

func (p *parser) union() Operator {
	return &Union{Params: p.params(anyParam), Tables: list(p, p.entity)}
}

func (p *parser) where() Operator {
	return &Where{Params: p.params(hintParam), X: p.named()}
}
