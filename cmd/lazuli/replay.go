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
	var wait bool
	cmd := &cobra.Command{
		Use:   "replay OUTPUT --from TIME",
		Short: "Send the rows of a time again, beside what the output sends anyway",
		Long: `Makes an output of the server send once more the rows of its query whose TimeGenerated is not before
--from and before --to, of those that are there now. The events have the ids that they had; the output's
cursor stays where it is. The replay goes on after a restart of the server, and waits while the output is
paused. Its id is printed: lazuli forward status tells how far it is, lazuli forward cancel ends it.

A time is 2026-11-19T08:00:00Z or 2026-11-19, which is midnight UTC. With --wait, Ctrl-C stops watching, not
the replay.`,
		Example: `  lazuli forward replay soc --from 2026-11-18 --to 2026-11-19
  lazuli forward replay soc --from 2026-11-18 --wait`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: outputsOf(&c, false, false),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if output != "" && output != args[0] {
					return usage("which output: %s or %s?", args[0], output)
				}
				output = args[0]
			}
			if output == "" || from == "" {
				return usage("which output and from when? give OUTPUT and --from")
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
			cl, err := c.server()
			if err != nil {
				return err
			}
			defer cl.Close()
			id, err := cl.Replay(cmd.Context(), output, begin, end)
			if err != nil {
				return err
			}
			if !wait {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), id)
				return err
			}
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "replay %s has begun\n", id)
			return watchReplay(cmd.Context(), cl, output, id, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	c.serverFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&output, "output", "", "the same as OUTPUT")
	f.StringVar(&from, "from", "", "first time")
	f.StringVar(&to, "to", "", "time to stop before (default now)")
	f.BoolVar(&wait, "wait", false, "wait for the end, and say how it was")
	_ = cmd.RegisterFlagCompletionFunc("output", outputsOf(&c, false, false))
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

// watchReplay waits for the end of a replay and says how it was. A server that is started again meanwhile is waited
// for.
func watchReplay(ctx context.Context, cl *client.Client, output, id string, out, progress io.Writer) error {
	tick := time.NewTicker(replayPause)
	defer tick.Stop()
	said := ""
	say := func(text string) {
		if text != said {
			said = text
			_, _ = fmt.Fprintln(progress, text)
		}
	}
	var gone time.Time // since when the server is not there
	for {
		outputs, left, err := cl.Outputs(ctx)
		switch {
		case errors.Is(err, client.ErrUnreachable) && (gone.IsZero() || time.Since(gone) < cl.Patience):
			if gone.IsZero() {
				gone = time.Now()
			}
			say("waiting for the server")
		case err != nil:
			return err
		default:
			gone = time.Time{}
			r := findReplay(outputs, left, output, id)
			if r == nil {
				return fmt.Errorf("replay %s of output %s was cancelled and forgotten", id, output)
			}
			switch r.State {
			case "done":
				if r.Note != "" {
					_, _ = fmt.Fprintln(progress, r.Note)
				}
				_, err := fmt.Fprintf(out, "delivered=%d rejected=%d retried=%d\n", r.Delivered, r.Rejected, r.Retried)
				return err
			case "cancelled":
				return fmt.Errorf("replay %s of output %s was cancelled after %d events", id, output, r.Delivered)
			case "failed":
				return fmt.Errorf("replay %s of output %s cannot go on: %s", id, output, r.LastError)
			}
			text := fmt.Sprintf("%s, %d delivered", percent(*r), r.Delivered)
			if r.State == "paused" {
				text += "; paused"
			} else if r.LastError != "" {
				text += "; waits: " + r.LastError
			}
			say(text)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func findReplay(outputs []client.OutputState, left []client.Leftover, output, id string) *client.ReplayState {
	var replays []client.ReplayState
	for _, o := range outputs {
		if o.Name == output {
			replays = o.Replays
		}
	}
	for _, l := range left {
		if l.Name == output {
			replays = l.Replays
		}
	}
	for _, r := range replays {
		if r.ID == id {
			return &r
		}
	}
	return nil
}
