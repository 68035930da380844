package query_test

import (
	"context"
	"testing"

	"lazuli.dev/lazuli/internal/tenant"
	"lazuli.dev/lazuli/query"
)

func BenchmarkRun(b *testing.B) {
	p := open(b, nil)
	p.fill(b, "default", tenant.SignIns)
	for _, q := range []struct{ name, text string }{
		{"print", "print 1"},
		{"count", "SigninLogs | count"},
		{"columns", "SigninLogs | take 1"},
		{"search", `search in (SigninLogs) "nosuchtext"`},
		{"union", "union * | count"},
		{"wide", "range i from 1 to 500000 step 1 | extend s = strcat('user', i % 1000), r = i * 1.5, t = datetime(2026-01-01) + i * 1s"},
	} {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				res, err := p.Run(context.Background(), query.Request{Workspace: "default", Text: q.text})
				if err != nil {
					b.Fatal(err)
				}
				var text []byte
				for row := range res.Tables[0].Rows() {
					text = text[:0]
					for i := range res.Tables[0].Columns {
						text = row.Append(text, i, query.API)
					}
				}
				res.Close()
			}
		})
	}
}
