package decode

import "testing"

// TestBrokenWorkerIsDropped: what a decoder had made of a message when it broke down is in no later message's rows, which may be of
// another workspace.
func TestBrokenWorkerIsDropped(t *testing.T) {
	broken := true
	d := New(Options{TenantID: func(workspace string) string {
		if broken {
			panic("no tenant")
		}
		return workspace
	}})
	message := func(workspace string) Message {
		return Message{Workspace: workspace, Origin: "test/0", Received: received, Body: []byte("<34>Oct 11 22:14:15 host su: one of " + workspace)}
	}
	f := func(decode func()) {
		t.Helper()
		broken = true
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the decoder did not break down")
				}
			}()
			decode()
		}()
		broken = false
		r, err := d.Decode(message("mine"))
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for _, c := range r.Chunks {
			rows += c.Rows
			c.Release()
		}
		if rows != 1 {
			t.Errorf("a message of one line has %d rows after one that broke down", rows)
		}
	}
	f(func() { _, _ = d.Decode(message("theirs")) })
	f(func() { _ = d.Trace(message("theirs"), func(Piece) bool { return true }) })
}
