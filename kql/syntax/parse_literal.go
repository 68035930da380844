package syntax

// literal takes a token that is a literal other than a string.
func (p *parser) literal(negative bool) *Literal {
	t := p.next()
	lit, err := decodeLiteral(t, negative)
	if err != nil {
		p.note(t.At, "%s is no valid %s: %v", quote(t.Text), lit.Kind, err)
	}
	return lit
}

// str takes one string, or several that stand side by side and are one.
func (p *parser) str() *Literal {
	start := p.start()
	lit := &Literal{Kind: LitString}
	lit.Text, lit.Hidden = decodeString(p.next().Text)
	for p.at(TokString) {
		text, hidden := decodeString(p.next().Text)
		lit.Text += text
		lit.Hidden = lit.Hidden || hidden
	}
	lit.Loc = p.loc(start)
	return lit
}

// constantOrWord reads the value of a parameter: a literal or a bare word.
func (p *parser) constantOrWord() Expr {
	if p.at(TokWord) && p.peek(1).Kind != TokLParen {
		return p.word()
	}
	return p.constant()
}

// constant reads a literal where only one can stand; a sign belongs to it.
func (p *parser) constant() Expr {
	start := p.start()
	switch t := p.tok(); t.Kind {
	case TokMinus, TokPlus:
		switch n := p.peek(1); n.Kind {
		case TokLong, TokReal, TokTimespan:
			if isDigit(n.Text[0]) {
				p.next()
				lit := p.literal(t.Kind == TokMinus)
				lit.Loc = p.loc(start)
				return lit
			}
		}
	case TokWord:
		switch {
		case t.Text == "dynamic" && p.peek(1).Kind == TokLParen:
			return p.dynamic()
		case t.Text == "typeof" && p.peek(1).Kind == TokLParen:
			return p.typeOf()
		}
	case TokString, TokLong, TokInt, TokReal, TokDecimal, TokBool, TokDatetime, TokTimespan, TokGuid, TokRawGuid:
		return p.primary()
	}
	p.fail("a literal")
	return &BadExpr{p.loc(start)}
}

func (p *parser) typeOf() *TypeOf {
	start := p.start()
	p.next()
	t := &TypeOf{}
	if p.peek(1).Kind == TokWord && p.peek(2).Kind == TokRParen {
		p.next()
		t.Type = p.typeName()
		p.close(TokRParen)
	} else {
		t.Schema = p.schema()
	}
	t.Loc = p.loc(start)
	return t
}

func (p *parser) dynamic() Expr {
	start := p.start()
	p.next()
	p.next()
	d := &Dynamic{X: p.json()}
	p.close(TokRParen)
	d.Loc = p.loc(start)
	return d
}

// json reads a value inside of dynamic(...).
func (p *parser) json() Expr {
	start := p.start()
	if !p.enter() {
		return &BadExpr{p.loc(start)}
	}
	defer p.leave()
	switch t := p.tok(); t.Kind {
	case TokLBracket:
		p.next()
		a := &JSONArray{}
		if !p.at(TokRBracket) {
			a.Elems = list(p, p.json)
		}
		p.close(TokRBracket)
		a.Loc = p.loc(start)
		return a
	case TokLBrace:
		return p.jsonObject()
	case TokWord:
		switch {
		case t.Text == "null":
			p.next()
			return &Literal{Loc: p.loc(start), Kind: LitNull, Null: true}
		case t.Text == "dynamic" && p.peek(1).Kind == TokLParen:
			return p.dynamic()
		}
	case TokMinus:
		if n := p.peek(1); n.Kind == TokLong || n.Kind == TokReal {
			return p.constant()
		}
	case TokRawGuid, TokString, TokLong, TokInt, TokReal, TokDecimal, TokBool, TokDatetime, TokTimespan, TokGuid:
		return p.primary()
	}
	p.fail("a JSON value")
	return &BadExpr{p.loc(start)}
}

func (p *parser) jsonObject() Expr {
	start := p.start()
	p.next()
	o := &JSONObject{}
	for !p.at(TokRBrace) {
		if !p.at(TokString) {
			p.fail("a name in quotes")
			p.skipTo(TokRBrace)
			break
		}
		key := &Literal{Kind: LitString, Loc: Loc{p.tok().At}}
		key.Text, key.Hidden = decodeString(p.next().Text)
		p.expect(TokColon)
		o.Keys = append(o.Keys, key)
		o.Values = append(o.Values, p.json())
		if !p.accept(TokComma) {
			break
		}
		if p.at(TokRBrace) {
			p.fail("a name in quotes")
		}
	}
	p.close(TokRBrace)
	o.Loc = p.loc(start)
	return o
}
