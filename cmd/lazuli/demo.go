package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/client"
	"lazuli.dev/lazuli/internal/tenant"
	"lazuli.dev/lazuli/pipeline"
)

// errEnough ends a server that was started for one task.
var errEnough = errors.New("enough")

type demoOptions struct {
	serveOptions
	seed    uint64
	noServe bool
}

func demoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Make up a company's day, take it in, and answer five questions about it",
		Long: `Makes up a day of a company that does not exist, in Azure's own formats, sends it over HTTP
as any sender would, shows what arrived and the answers to five questions, and serves on, so that
you can ask more. The same seed and day give the same records.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.data, "data", ".demo", "data directory")
	f.StringVar(&o.listen, "listen", defaultListen, "address and port")
	f.Uint64Var(&o.seed, "seed", 1, "another seed, another day")
	f.BoolVar(&o.noServe, "no-serve", false, "end after the answers")
	return cmd
}

// demo shows the day of yesterday.
func demo(ctx context.Context, o demoOptions, out io.Writer) error {
	day := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }
	log := quietLog()
	slog.SetDefault(log)
	err := serve(ctx, o.serveOptions, log, func(l *local, address net.Addr, admin auth.AdminToken) error {
		url := "http://" + address.String()
		cl, err := client.New(client.Options{URL: url, Token: admin.Secret})
		if err != nil {
			return err
		}
		defer cl.Close()
		say("A day at Tidewell Optics, a company that does not exist: %s, seed %d\n\n", day.Format(time.DateOnly), o.seed)
		if err := demoIngest(ctx, cl, o.seed, day, out); err != nil {
			return err
		}
		if err := demoAsk(ctx, cl, day, out); err != nil {
			return err
		}
		if o.noServe {
			return errEnough
		}
		say("\nThe console, signed in (the link works once, within 15 minutes):\n\n  %s\n", l.signInURL(url, admin))
		say("\nServing on %s until Ctrl-C. To ask more, in another terminal:\n\n", url)
		me := os.Args[0]
		if admin.Path != "" {
			say("  %s query --server %s --token-file %s 'SigninLogs | summarize count() by Location'\n", me, url, admin.Path)
			say("  curl -s -H \"Authorization: Bearer $(cat %s)\" -H 'Content-Type: application/json' \\\n    %s/v1/workspaces/default/query -d '{\"query\":\"AzureActivity | take 3\"}'\n", admin.Path, url)
		} else {
			say("  %s query --server %s 'SigninLogs | summarize count() by Location'      (with %s set as here)\n", me, url, auth.EnvToken)
		}
		say("\nThe same over https with the certificate of `%s ca --data %s`; the workspace's GUID is %s.\n", me, o.data, l.ids[lazuli.DefaultWorkspace])
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// demoIngest sends the day and tells what arrived.
func demoIngest(ctx context.Context, cl *client.Client, seed uint64, day time.Time, out io.Writer) error {
	sum := client.Summary{Receipt: client.Receipt{Tables: map[string]int64{}, Reasons: map[string]int64{}}}
	receipts := make(chan client.Receipt)
	added := make(chan struct{})
	go func() {
		defer close(added)
		for r := range receipts {
			sum.Add(r)
		}
	}()
	began, bytes := time.Now(), int64(0)
	group, sending := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for part := range tenant.Day(seed, day) {
		if sending.Err() != nil {
			break
		}
		sum.Files++
		bytes += int64(len(part.Body))
		body := append([]byte(nil), part.Body...)
		group.Go(func() error {
			r, err := cl.Ingest(sending, client.Upload{Workspace: lazuli.DefaultWorkspace, Key: pipeline.UploadKey(0, body), Body: body})
			if err != nil {
				return fmt.Errorf("send a part of the day: %w", err)
			}
			receipts <- r
			return nil
		})
	}
	err := group.Wait()
	close(receipts)
	<-added
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%d messages and blobs, %.0f MB, sent over HTTP in %.1f s: %d rows, %d quarantined", sum.Files, float64(bytes)/1e6, time.Since(began).Seconds(), sum.Rows, sum.Quarantined)
	if sum.Duplicates > 0 {
		_, _ = fmt.Fprintf(out, "; %d records were held from before", sum.Duplicates)
	}
	_, _ = fmt.Fprint(out, ".\nDurable, and ready to be asked:\n\n")
	tables, err := cl.Tables(ctx, lazuli.DefaultWorkspace)
	if err != nil {
		return err
	}
	return writeTables(out, tablesAnswer(tables), widthOf(out))
}

// demoAsk asks the five questions.
func demoAsk(ctx context.Context, cl *client.Client, day time.Time, out io.Writer) error {
	span := day.Format(time.RFC3339) + "/" + day.AddDate(0, 0, 1).Format(time.RFC3339)
	for i, q := range tenant.Queries {
		_, _ = fmt.Fprintf(out, "\n%d. %s\n   %s\n\n", i+1, q.Title, q.Why)
		for _, line := range strings.Split(strings.TrimSpace(q.KQL), "\n") {
			_, _ = fmt.Fprintf(out, "    %s\n", line)
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
