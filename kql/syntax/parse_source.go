package syntax

func (p *parser) queryCall() Expr {
	start := p.start()
	c := &QueryCall{Name: p.word()}
	if p.acceptWord("kind") {
		p.expect(TokAssign)
		c.NoOptimization = p.expectWord("nooptimization")
	}
	if p.expect(TokLParen) {
		c.X = p.pipe()
		p.close(TokRParen)
	} else {
		c.X = &BadExpr{p.loc(p.start())}
	}
	c.Loc = p.loc(start)
	return c
}

func (p *parser) entityGroup() Expr {
	start := p.start()
	p.next()
	p.next()
	g := &EntityGroup{Members: list(p, p.expr)}
	p.close(TokRBracket)
	g.Loc = p.loc(start)
	return g
}

func (p *parser) dataTable() Expr {
	start := p.start()
	p.next()
	d := &DataTable{Params: p.params(anyParam)}
	d.Schema = p.schema()
	if p.expect(TokLBracket) {
		p.accept(TokComma)
		for !p.at(TokRBracket) {
			d.Values = append(d.Values, p.constant())
			if p.quiet {
				p.skipTo(TokComma, TokSemicolon)
			}
			if !p.accept(TokComma) {
				break
			}
			p.quiet = false
		}
		p.close(TokRBracket)
	}
	d.Loc = p.loc(start)
	return d
}

func (p *parser) externalData() Expr {
	start := p.start()
	p.next()
	e := &ExternalData{Params: p.params(anyParam)}
	e.Schema = p.schema()
	if p.expect(TokLBracket) {
		for !p.at(TokRBracket) {
			e.URIs = append(e.URIs, p.expr())
			if !p.accept(TokComma) {
				break
			}
		}
		p.close(TokRBracket)
	}
	e.Props = p.withProps()
	e.Loc = p.loc(start)
	return e
}

func (p *parser) viewCombine() Expr {
	start := p.start()
	p.next()
	inParens := func(keyword string) Expr {
		if keyword != "" {
			p.expectWord(keyword)
		}
		p.expect(TokLParen)
		x := p.pipe()
		p.close(TokRParen)
		return x
	}
	v := &ViewCombine{Name: inParens(""), Base: inParens("base"), Delta: inParens("delta")}
	p.expectWord("aggregations")
	p.expect(TokLParen)
	v.Aggregations = p.operator()
	p.close(TokRParen)
	v.Loc = p.loc(start)
	return v
}

// inlineTableStarts says whether `inline_external_table` is here more than a name.
func (p *parser) inlineTableStarts() bool {
	if p.peekWord(1, "kind") {
		return true
	}
	n := p.nameLen(2)
	return p.peek(1).Kind == TokLParen && n > 0 && p.peek(2+n).Kind == TokColon
}

func (p *parser) inlineTable() Expr {
	start := p.start()
	p.next()
	t := &InlineTable{}
	if p.at(TokLParen) {
		t.Schema = p.schema()
	}
	p.expectWord("kind")
	p.expect(TokAssign)
	t.Kind = p.name()
	if p.acceptWord("partition") {
		p.expectWord("by")
		p.expect(TokLParen)
		t.PartitionBy = list(p, p.partitionColumn)
		p.close(TokRParen)
	}
	if p.acceptWord("pathformat") {
		p.expect(TokAssign)
		p.expect(TokLParen)
		for p.at(TokString) || p.at(TokWord) && !reserved[p.tok().Text] {
			t.PathFormat = append(t.PathFormat, p.postfix())
		}
		p.close(TokRParen)
	}
	if p.acceptWord("dataformat") {
		p.expect(TokAssign)
		t.DataFormat = p.name()
	}
	if p.expect(TokLParen) {
		t.URIs = list(p, p.expr)
		p.close(TokRParen)
	}
	t.Props = p.withProps()
	t.Loc = p.loc(start)
	return t
}

// partitionColumn reads `Name:type = expression`.
func (p *parser) partitionColumn() *FuncParam {
	start := p.start()
	f := &FuncParam{Name: p.name()}
	p.expect(TokColon)
	f.Type = p.typeName()
	if p.accept(TokAssign) {
		f.Default = p.expr()
	}
	f.Loc = p.loc(start)
	return f
}
