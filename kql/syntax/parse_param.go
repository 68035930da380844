package syntax

import "strings"

// A paramFilter says which names can be a parameter. Where an expression may follow that starts
// with `name =`, only the operator's own parameters and hints can.
type paramFilter func(name string) bool

func anyParam(string) bool { return true }

func hintParam(name string) bool {
	return strings.HasPrefix(name, "hint.") || strings.HasPrefix(name, "__") || name == "bin_legacy" || name == "expandoutput"
}

func kindParam(name string) bool { return name == "kind" || hintParam(name) }

func mvParam(name string) bool {
	return kindParam(name) || name == "bagexpansion" || name == "with_itemindex"
}

// paramName returns the name of the parameter that starts here and how many tokens it has. A
// dotted name is written without blanks.
func (p *parser) paramName() (string, int) {
	if !p.at(TokWord) {
		return "", 0
	}
	if p.peek(1).Kind == TokAssign {
		return p.tok().Text, 1
	}
	if p.peek(1).Kind == TokDot && p.peek(2).Kind == TokWord && p.peek(3).Kind == TokAssign {
		return p.tok().Text + "." + p.peek(2).Text, 3
	}
	return "", 0
}

// params reads the parameters behind the name of an operator.
func (p *parser) params(allowed paramFilter) []*Param {
	var all []*Param
	for {
		name, n := p.paramName()
		if n == 0 || !allowed(name) {
			return all
		}
		all = append(all, p.param(false))
	}
}

// param reads `name=value`. In a list, a value that is a name may be followed by more names.
func (p *parser) param(inList bool) *Param {
	start := p.start()
	name, n := p.paramName()
	if n == 0 {
		p.fail("name=value")
		p.skipTo(TokComma, TokSemicolon)
		return &Param{Loc: p.loc(start), Name: &Ident{Loc: p.loc(start)}}
	}
	for range n {
		p.next()
	}
	r := &Param{Name: &Ident{Loc: p.loc(start), Name: name}}
	p.expect(TokAssign)
	r.Values = []Expr{p.paramValue()}
	for inList && p.at(TokComma) {
		size := p.nameLenAfterComma()
		if size == 0 {
			break
		}
		p.next()
		r.Values = append(r.Values, p.name())
	}
	r.Loc = p.loc(start)
	return r
}

// nameLenAfterComma returns the length of a name behind the comma here that is not the name of
// the next parameter.
func (p *parser) nameLenAfterComma() int {
	n := p.nameLen(1)
	if n == 0 || p.peek(1+n).Kind == TokAssign {
		return 0
	}
	return n
}

func (p *parser) paramValue() Expr {
	switch p.tok().Kind {
	case TokWord:
		switch p.peek(1).Kind {
		case TokDot, TokLBracket:
			return p.postfix()
		case TokLParen:
			// `kind=inner (T)` is a value and a table; `title=strcat(...)` is a call.
			if p.peek(1).At.Start == p.tok().At.End && !reserved[p.tok().Text] && !paramWords[p.tok().Text] {
				return p.postfix()
			}
		}
		return p.word()
	case TokLBracket, TokLParen:
		return p.postfix()
	}
	return p.constantOrWord()
}

// paramWords are values of parameters that may have the parenthesis of a table right behind them.
var paramWords = wordSet(`inner innerunique outer leftouter rightouter fullouter leftsemi rightsemi leftanti
	rightanti leftantisemi rightantisemi anti semi shuffle native legacy broadcast auto single per_node per_shard local left right
	default case_sensitive case_insensitive nonempty bag array true false`)

// withProps reads `with (name=value, ...)` if it is there.
func (p *parser) withProps() []*Param {
	if !p.acceptWord("with") {
		return nil
	}
	return p.props()
}

func (p *parser) props() []*Param {
	var all []*Param
	if !p.expect(TokLParen) {
		return nil
	}
	p.accept(TokComma)
	for !p.at(TokRParen) {
		all = append(all, p.param(true))
		if p.quiet {
			p.skipTo(TokComma, TokSemicolon)
		}
		if !p.accept(TokComma) {
			break
		}
		p.quiet = false
	}
	p.close(TokRParen)
	return all
}
