package builtin

import (
	"testing"

	"lazuli.dev/lazuli/kql/types"
)

func TestResolve(t *testing.T) {
	f := func(want types.Type, sig string, args ...types.Type) {
		t.Helper()
		fn := &Func{Name: "f", Sigs: []string{sig}}
		var list []Arg
		for _, a := range args {
			list = append(list, Arg{Type: a, Const: true})
		}
		m, err := fn.Resolve(list)
		if err != nil {
			if want != types.None {
				t.Errorf("%s: %v", sig, err)
			}
			return
		}
		if m.Result != want {
			t.Errorf("%s: result %v, want %v", sig, m.Result, want)
		}
	}
	const s, l, r, d, b = types.String, types.Long, types.Real, types.Dynamic, types.Bool
	f(s, "(source:string, start:long, [length:long=-1]):string", s, l)
	f(s, "(source:string, start:long, [length:long=-1]):string", s, types.Int, l)
	f(types.None, "(source:string, start:long, [length:long=-1]):string", s, s)
	f(types.None, "(source:string, start:long, [length:long=-1]):string", s, l, l, l)
	f(s, "(source:string):string", d)
	f(types.None, "(source:string):string", l)
	f(s, "(source:text):string", l)
	f(r, "(if:bool, then:~T, else:~T):T", b, l, r)
	f(d, "(if:bool, then:~T, else:~T):T", b, l, s)
	f(s, "(if:bool, then:~T, else:~T):T", b, d, s)
	f(types.None, "(a:T, b:T):T", l, s)
	f(l, "({predicate:bool, then:~T}..., else:~T):T", b, l, b, l, types.Int)
	f(types.None, "({predicate:bool, then:~T}..., else:~T):T", b, l, b, l)
	f(types.None, "(a:T<number>):T", s)
	f(d, "([value:any...]):dynamic")
	f(d, "([value:any...]):dynamic", s, l, d)
}

func TestTemplate(t *testing.T) {
	f := func(want, template, sig string, args ...string) {
		t.Helper()
		s, err := ParseSig(sig)
		if err != nil {
			t.Fatal(err)
		}
		c := &Call{Func: &Func{Name: "f"}, Sig: s}
		for _, a := range args {
			c.Args = append(c.Args, Expr{SQL: a})
		}
		got, err := c.Template(template)
		if err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", template, got, err, want)
		}
	}
	f("g(a, 'x''y')", "g({a}, {b})", `(a:string, [b:string="x'y"]):string`, "a")
	f("g(a, NULL)", "g({a}, {b})", `(a:string, [b:string]):string`, "a")
	f("g(a, b, c)", "g({a}, {b...})", `(a:string, b:string...):string`, "a", "b", "c")
	f("CASE p WHEN q, r END x", "CASE {k} WHEN {v} END {e}", `(k:bool, v:any, e:any):string`, "p", "q, r", "x")
}
