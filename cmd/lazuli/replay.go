package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"lazuli.dev/lazuli/client"
)

// replayPause is the time between questions how far a replay is.
const replayPause = 500 * time.Millisecond

func replayCommand() *cobra.Command {
	var c connection
	var output, from, to string
	var detach bool
	cmd := &cobra.Command{
		Use:   "replay --output NAME --from TIME",
		Short: "Send the rows of a time again, beside what the output sends anyway",
		Long: `Makes an output of the server send once more the rows of its query whose TimeGenerated is not before
--from and before --to. The events have the ids that they had; the output's cursor stays where it is. A
replay ends with the server: begin it again then.

A time is 2026-11-19T08:00:00Z or 2026-11-19, which is midnight UTC. Ctrl-C stops watching, not the
replay.`,
		Example: `  lazuli forward replay --output soc --from 2026-11-18 --to 2026-11-19`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if output == "" || from == "" {
				return usage("which output and from when? give --output and --from")
			}
			begin, err := parseTime(from)
			if err != nil {
				return usage("--from %w", err)
			}
			end := time.Now().UTC()
			if to != "" {
				if end, err = parseTime(to); err != nil {
					return usage("--to %w", err)
				}
			}
			if !begin.Before(end) {
				return usage("--from %s is not before --to %s", begin.Format(time.RFC3339), end.Format(time.RFC3339))
			}
			cl, done, err := c.open(cmd)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, done()) }()
			if err := cl.Replay(cmd.Context(), output, begin, end); err != nil || detach {
				return err
			}
			return watchReplay(cmd.Context(), cl, output, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	c.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&output, "output", "", "name of the output")
	f.StringVar(&from, "from", "", "first time")
	f.StringVar(&to, "to", "", "time to stop before (default now)")
	f.BoolVar(&detach, "detach", false, "do not wait for the end; lazuli forward status tells how far it is")
	return cmd
}

func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time; write 2026-11-19T08:00:00Z or 2026-11-19", text)
}

// watchReplay waits for the end of a replay and says how it was.
func watchReplay(ctx context.Context, cl *client.Client, output string, out, progress io.Writer) error {
	tick := time.NewTicker(replayPause)
	defer tick.Stop()
	said := ""
	for {
		outputs, err := cl.Outputs(ctx)
		if err != nil {
			return err
		}
		var r *client.ReplayState
		for _, o := range outputs {
			if o.Name == output {
				r = o.Replay
			}
		}
		if r == nil {
			return fmt.Errorf("the server was started again and has forgotten the replay; begin it again")
		}
		if r.Done {
			_, err := fmt.Fprintf(out, "delivered=%d rejected=%d retried=%d\n", r.Delivered, r.Rejected, r.Retried)
			return err
		}
		if text := replayText(r); text != said {
			said = text
			if r.LastError != "" {
				text += "; waits: " + r.LastError
			}
			_, _ = fmt.Fprintln(progress, text)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// replayText says how far a replay is, "" when there is none.
func replayText(r *client.ReplayState) string {
	switch {
	case r == nil:
		return ""
	case r.Done:
		return fmt.Sprintf("done, %d delivered", r.Delivered)
	}
	return fmt.Sprintf("%.0f %%, %d delivered", 100*r.Progress, r.Delivered)
}
