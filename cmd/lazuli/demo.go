package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/client"
	"lazuli.dev/lazuli/internal/durable"
	"lazuli.dev/lazuli/internal/tenant"
	"lazuli.dev/lazuli/pipeline"
)

// errEnough ends a server that was started for one task.
var errEnough = errors.New("enough")

const (
	// livePace is how often the company's life is written down while the demonstration serves.
	livePace = 2 * time.Second
	// demoSenders is how many uploads are under way at once.
	demoSenders = 3
)

type demoOptions struct {
	serveOptions
	seed    uint64
	days    int
	live    bool
	noServe bool
}

func demoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Make up a company's week, take it in, answer five questions about it, and let it go on",
		Long: `Makes up the last days of a company that does not exist, in the formats of Azure and of the machines
around it, sends them over HTTP as any sender would, shows what arrived and the answers to five
questions, and serves on while the company lives on, so that you can ask more.

One attack is in it, among things that only look like one. What really happened is written as JSON
beside the data directory, and so is what the outputs deliver while it serves. The same seed gives the same company; started again on the same directory
it goes on from where it ended.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.days < 1 || o.days > 60 {
				return usage("--days %d: from 1 to 60", o.days)
			}
			return demo(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.data, "data", ".demo", "data directory")
	f.StringVar(&o.listen, "listen", defaultListen, "address and port")
	f.Uint64Var(&o.seed, "seed", 1, "another seed, another company")
	f.IntVar(&o.days, "days", 7, "days of history before today")
	f.BoolVar(&o.live, "live", true, "let the company live on while serving")
	f.BoolVar(&o.noServe, "no-serve", false, "end after the answers")
	return cmd
}

// A demoState says what a data directory holds of the company.
type demoState struct {
	Seed  uint64    `json:"seed"`
	Began time.Time `json:"began"` // the instant that the history was made for
	Days  int       `json:"days"`
	Until time.Time `json:"until"` // everything before it has been sent
	Next  time.Time `json:"next"`  // and everything until then is being sent; zero when nothing is
}

// demoStore keeps the state in the data directory.
type demoStore struct{ path string }

func demoStoreOf(data string) demoStore { return demoStore{filepath.Join(data, "demo.json")} }

// load returns the state, and false when the directory has none.
func (s demoStore) load() (demoState, bool, error) {
	text, err := os.ReadFile(s.path)
	if errors.Is(err, os.ErrNotExist) {
		return demoState{}, false, nil
	}
	if err != nil {
		return demoState{}, false, err
	}
	var st demoState
	if err := json.Unmarshal(text, &st); err != nil {
		return demoState{}, false, fmt.Errorf("read %s: %w", s.path, err)
	}
	return st, true, nil
}

func (s demoStore) save(st demoState) error { return writeFacts(s.path, st) }

// writeFacts writes a value as JSON, whole or not at all.
func writeFacts(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(durable.OS{}, "demo", path, append(text, '\n'), 0o600)
}

// demo shows the company until now, and then its life.
func demo(ctx context.Context, o demoOptions, out io.Writer) error {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }
	log := quietLog()
	slog.SetDefault(log)
	if !o.noServe {
		receivers, err := openReceivers(o.data)
		if err != nil {
			return err
		}
		defer receivers.close()
		o.outputs, o.late = receivers.outputs(), true
	}
	err := serve(ctx, o.serveOptions, log, func(l *local, address net.Addr, admin auth.AdminToken) error {
		url := "http://" + address.String()
		cl, err := client.New(client.Options{URL: url, Token: admin.Secret})
		if err != nil {
			return err
		}
		stored := demoStoreOf(o.data)
		state, again, err := stored.load()
		if err != nil {
			return err
		}
		if again && state.Seed != o.seed {
			return usage("%s holds the company of seed %d; give that seed or another --data", o.data, state.Seed)
		}
		now := time.Now().UTC().Truncate(livePace)
		if !again {
			state = demoState{Seed: o.seed, Began: now, Days: o.days}
		}
		company := tenant.New(tenant.Options{Seed: state.Seed, Now: state.Began, Days: state.Days})
		if !again {
			state.Until = company.From()
			if err := stored.save(state); err != nil {
				return err
			}
		}
		truth := filepath.Clean(o.data) + ".truth.json"
		if err := writeFacts(truth, company.Truth()); err != nil {
			return err
		}
		say("Tidewell Optics, a company that does not exist: %s until now, seed %d\n\n", company.From().Format(time.DateOnly), state.Seed)
		if err := demoIngest(ctx, cl, company, &state, stored, now, out); err != nil {
			return err
		}
		if err := demoAsk(ctx, cl, company.From(), now, out); err != nil {
			return err
		}
		say("\n%s\n", prose("What really happened is in "+truth+"."))
		if o.noServe {
			cl.Close()
			return errEnough
		}
		// Not before: what they read would slow down what is taken in.
		if err := l.forward(ctx); err != nil {
			return err
		}
		say("%s\n", prose(receiversText(o.data)))
		demoInvite(out, o, url, admin, l)
		if !o.live {
			cl.Close()
			return nil
		}
		go func() {
			defer cl.Close()
			if err := demoLive(ctx, cl, company, state, stored); err != nil && ctx.Err() == nil {
				log.Warn("the company has stopped", "error", err)
			}
		}()
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// demoInvite tells where the server is. It is the place for the address of whatever people open first.
func demoInvite(out io.Writer, o demoOptions, url string, admin auth.AdminToken, l *local) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }
	me := os.Args[0]
	lives := ""
	if o.live {
		lives = "The company lives on. "
	}
	say("\n%s\n\n  %s\n", prose(lives+"The console, signed in (the link works once, within 15 minutes):"), l.signInURL(url, admin))
	say("\n%s\n\n", prose("Serving on "+url+" until Ctrl-C. To ask more, in another terminal:"))
	if admin.Path != "" {
		say("  %s query --server %s \\\n    --token-file %s \\\n    'SigninLogs | summarize count() by Location'\n\n", me, url, admin.Path)
		say("  curl -s -H \"Authorization: Bearer $(cat %s)\" \\\n    -H 'Content-Type: application/json' \\\n    %s/v1/workspaces/default/query \\\n    -d '{\"query\":\"AzureActivity | take 3\"}'\n", admin.Path, url)
	} else {
		say("  %s query --server %s \\\n    'SigninLogs | summarize count() by Location'\n\nwith %s set as here.\n", me, url, auth.EnvToken)
	}
	say("\n%s\n", prose("The same over https with the certificate of `"+me+" ca --data "+o.data+"`; the workspace's GUID is "+l.ids[lazuli.DefaultWorkspace]+"."))
}

// proseWidth is what text for people is set to, on any terminal.
const proseWidth = 80

// prose sets a sentence in lines.
func prose(text string) string { return wrap(text, "", proseWidth) }

// send sends one document of the company. Its key names its content, so that what was under way when the
// program ended is recognised when it comes again.
func send(ctx context.Context, cl *client.Client, part tenant.Part) (client.Receipt, error) {
	r, err := cl.Ingest(ctx, client.Upload{Workspace: lazuli.DefaultWorkspace, Key: pipeline.UploadKey(0, part.Body), ContentType: part.ContentType, Body: part.Body})
	if err != nil {
		return r, fmt.Errorf("send %s: %w", part.Kind, err)
	}
	return r, nil
}

// sendBetween sends what happened from the state's end until an instant, and moves the end. What was
// begun before is finished first, in the same documents, so that none is kept twice.
func sendBetween(ctx context.Context, cl *client.Client, company *tenant.Tenant, state *demoState, stored demoStore, until time.Time, sent func(tenant.Part, client.Receipt)) error {
	if state.Next.IsZero() {
		state.Next = until
		if err := stored.save(*state); err != nil {
			return err
		}
	}
	group, sending := errgroup.WithContext(ctx)
	group.SetLimit(demoSenders)
	receipts := make(chan func(), demoSenders)
	counted := make(chan struct{})
	go func() {
		defer close(counted)
		for add := range receipts {
			add()
		}
	}()
	for part := range company.Between(state.Until, state.Next) {
		if sending.Err() != nil {
			break
		}
		group.Go(func() error {
			r, err := send(sending, cl, part)
			if err == nil {
				receipts <- func() { sent(part, r) }
			}
			return err
		})
	}
	err := group.Wait()
	close(receipts)
	<-counted
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	state.Until, state.Next = state.Next, time.Time{}
	return stored.save(*state)
}

// demoLive goes on where the history ends, at the pace of the clock.
func demoLive(ctx context.Context, cl *client.Client, company *tenant.Tenant, state demoState, stored demoStore) error {
	tick := time.NewTicker(livePace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := time.Now().UTC().Truncate(livePace)
		if !now.After(state.Until) {
			continue // the clock was set back
		}
		if err := sendBetween(ctx, cl, company, &state, stored, now, func(tenant.Part, client.Receipt) {}); err != nil {
			return err
		}
	}
}

// A progress tells how far something is: on a terminal in one line that changes, elsewhere in a few lines.
type progress struct {
	out   io.Writer
	line  bool // the output is a terminal
	next  time.Time
	shown int // columns on the line
}

func newProgress(out io.Writer) *progress {
	f, ok := out.(*os.File)
	p := &progress{out: out, line: ok && term.IsTerminal(int(f.Fd()))}
	if !p.line {
		p.next = time.Now().Add(5 * time.Second)
	}
	return p
}

// show shows a text, unless one was shown just now.
func (p *progress) show(text string) {
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	if p.line {
		p.next = now.Add(100 * time.Millisecond)
		_, _ = fmt.Fprintf(p.out, "\r%-*s", p.shown, text)
		p.shown = len(text)
		return
	}
	p.next = now.Add(10 * time.Second)
	_, _ = fmt.Fprintln(p.out, text)
}

// clear takes the line away.
func (p *progress) clear() {
	if p.line && p.shown > 0 {
		_, _ = fmt.Fprintf(p.out, "\r%*s\r", p.shown, "")
		p.shown = 0
	}
}

// demoIngest sends the history, or what of it is missing, and tells what arrived.
func demoIngest(ctx context.Context, cl *client.Client, company *tenant.Tenant, state *demoState, stored demoStore, until time.Time, out io.Writer) error {
	sum := client.Summary{Receipt: client.Receipt{Tables: map[string]int64{}, Reasons: map[string]int64{}}}
	began, bytes, records := time.Now(), int64(0), 0
	p := newProgress(out)
	for state.Until.Before(until) && ctx.Err() == nil {
		day := state.Until.Truncate(24*time.Hour).AddDate(0, 0, 1)
		if day.After(until) {
			day = until
		}
		of := state.Until.Format("Monday 2 January")
		err := sendBetween(ctx, cl, company, state, stored, day, func(part tenant.Part, r client.Receipt) {
			sum.Add(r)
			sum.Files++
			bytes += int64(len(part.Body))
			records += part.Records
			p.show(fmt.Sprintf("%s: %s records, %d MB sent", of, grouped(records), bytes/1e6))
		})
		if err != nil {
			p.clear()
			return err
		}
	}
	p.clear()
	if err := ctx.Err(); err != nil {
		return err
	}
	said := fmt.Sprintf("%s records in %s messages, %.0f MB, sent over HTTP in %.1f s: %s rows, %d quarantined", grouped(records), grouped(sum.Files), float64(bytes)/1e6,
		time.Since(began).Seconds(), grouped(int(sum.Rows)), sum.Quarantined)
	if sum.Duplicates > 0 {
		said += fmt.Sprintf("; %d messages were held from before", sum.Duplicates)
	}
	_, _ = fmt.Fprintf(out, "%s\nDurable, and ready to be asked:\n\n", prose(said+"."))
	tables, err := cl.Tables(ctx, lazuli.DefaultWorkspace)
	if err != nil {
		return err
	}
	return writeTables(out, inShort(tables), widthOf(out))
}

// inShort lists tables in as little room as they need: times up to the minute, and what is kept for ever without
// saying so.
func inShort(tables []client.TableState) *client.Answer {
	t := client.Table{Columns: []client.Column{{Name: "Table", Type: "string"}, {Name: "Rows", Type: "long"}, {Name: "From (UTC)", Type: "string"}, {Name: "To", Type: "string"}}}
	minute := func(at *time.Time) json.RawMessage {
		if at == nil {
			return text("")
		}
		return text(at.UTC().Format("2006-01-02 15:04"))
	}
	expires := slices.ContainsFunc(tables, func(s client.TableState) bool { return s.RetentionSeconds > 0 })
	if expires {
		t.Columns = append(t.Columns, client.Column{Name: "Retention", Type: "string"})
	}
	for _, s := range tables {
		row := []json.RawMessage{text(s.Name), number(s.Rows), minute(s.From), minute(s.To)}
		if expires {
			row = append(row, text(retentionText(s.RetentionSeconds)))
		}
		t.Rows = append(t.Rows, row)
	}
	return &client.Answer{Tables: []client.Table{t}}
}

// grouped writes a number with commas between its thousands.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// demoAsk asks the five questions.
func demoAsk(ctx context.Context, cl *client.Client, from, until time.Time, out io.Writer) error {
	span := from.Format(time.RFC3339) + "/" + until.Format(time.RFC3339)
	for i, q := range tenant.Queries {
		_, _ = fmt.Fprintf(out, "\n%d. %s\n%s\n\n", i+1, q.Title, wrap("   "+q.Why, "   ", proseWidth))
		for _, line := range strings.Split(strings.TrimSpace(q.KQL), "\n") {
			_, _ = fmt.Fprintln(out, wrap("    "+line, "        ", widthOf(out)))
		}
		began := time.Now()
		answer, err := cl.Query(ctx, lazuli.DefaultWorkspace, q.KQL, span)
		if err != nil {
			return fmt.Errorf("question %d: %w", i+1, pointAt(err, q.KQL))
		}
		took := time.Since(began)
		_, _ = fmt.Fprintln(out)
		if err := writeTables(out, answer, widthOf(out)); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "(%d ms)\n", took.Milliseconds())
	}
	return nil
}
