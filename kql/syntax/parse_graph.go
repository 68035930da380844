package syntax

func (p *parser) graphMatch(shortest bool) Operator {
	g := &GraphMatch{Shortest: shortest, Params: p.params(anyParam)}
	g.Patterns = list(p, p.graphPattern)
	if p.acceptWord("where") {
		g.Where = p.expr()
	}
	if p.acceptWord("project") {
		g.Project = list(p, p.named)
	}
	return g
}

func (p *parser) graphPattern() *GraphPattern {
	start := p.start()
	g := &GraphPattern{}
	for {
		switch {
		case p.at(TokLParen):
			g.Elems = append(g.Elems, p.graphNode())
		case p.at(TokMinus), p.at(TokLt) && p.peek(1).Kind == TokMinus:
			g.Elems = append(g.Elems, p.graphEdge())
		default:
			if g.Elems == nil {
				p.fail(`a pattern such as "(a)-[e]->(b)"`)
			}
			g.Loc = p.loc(start)
			return g
		}
	}
}

func (p *parser) graphNode() *GraphNode {
	start := p.start()
	p.next()
	n := &GraphNode{}
	if p.nameLen(0) > 0 {
		n.Name = p.name()
	}
	p.close(TokRParen)
	n.Loc = p.loc(start)
	return n
}

// graphEdge reads `-->`, `<--`, `--`, `-[name]->`, `<-[name]-` or `-[name]-`.
func (p *parser) graphEdge() *GraphEdge {
	start := p.start()
	e := &GraphEdge{Direction: AnyWay}
	if p.at(TokLt) {
		p.next()
		e.Direction = Backward
	}
	p.next()
	if p.at(TokLBracket) {
		e.Brackets = true
		p.next()
		if p.nameLen(0) > 0 {
			e.Name = p.name()
		}
		if p.accept(TokStar) {
			e.Low = p.unary()
			p.expect(TokDotDot)
			e.High = p.unary()
		}
		p.close(TokRBracket)
	}
	p.expect(TokMinus)
	if e.Direction == AnyWay && p.at(TokGt) {
		p.next()
		e.Direction = Forward
	}
	e.Loc = p.loc(start)
	return e
}

func (p *parser) graphMerge() Operator {
	g := &GraphMerge{Params: p.params(kindParam), Graph: p.expr()}
	if p.acceptWord("on") {
		g.On = list(p, p.expr)
	}
	return g
}

func (p *parser) graphOutput() *GraphOutput {
	start := p.start()
	g := &GraphOutput{Edges: p.acceptWord("edges")}
	if !g.Edges {
		p.expectWord("nodes")
	}
	if p.acceptWord("as") {
		g.As = p.name()
	}
	g.Params = p.params(anyParam)
	g.Loc = p.loc(start)
	return g
}

func (p *parser) makeGraph() Operator {
	m := &MakeGraph{Params: p.params(anyParam), Source: p.name()}
	p.expect(TokMinus)
	p.expect(TokMinus)
	if p.at(TokGt) {
		p.next()
		m.Directed = true
	}
	m.Target = p.name()
	switch {
	case p.acceptWord("with_node_id"):
		p.expect(TokAssign)
		m.NodeID = p.name()
	case p.acceptWord("with"):
		m.Tables = list(p, func() *GraphTable {
			start := p.start()
			t := &GraphTable{Table: p.unary()}
			p.expectWord("on")
			t.Key = p.name()
			t.Loc = p.loc(start)
			return t
		})
	}
	if p.acceptWord("partitioned-by") {
		m.PartitionedBy = p.name()
		if p.expect(TokLParen) {
			m.Partition = p.subPipe()
			p.close(TokRParen)
		} else {
			m.Partition = &BadExpr{p.loc(p.start())}
		}
	}
	return m
}
