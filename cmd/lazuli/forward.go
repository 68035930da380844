package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"lazuli.dev/lazuli/client"
)

const (
	// busyPause is the time between questions whether a delivery has ended, busyMost how long they are asked.
	busyPause = 100 * time.Millisecond
	busyMost  = 30 * time.Second
	// completionTime bounds what a shell waits for names.
	completionTime = 2 * time.Second
)

func forwardCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forward",
		Short: "See what the outputs are doing; pause, resume and replay them",
		Long: `Outputs deliver rows to other systems, as the configuration of the server says. What is paused and what
is replayed is durable: it stays so over restarts of the server.`,
	}
	cmd.AddCommand(statusCommand(), pauseCommand(), resumeCommand(), replayCommand(), cancelCommand(), forgetCommand())
	return cmd
}

// outputsOf completes the name of an output, and then the id of a replay of it where the command takes one.
func outputsOf(c *connection, unconfigured, replays bool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, done := context.WithTimeout(context.WithoutCancel(cmd.Context()), completionTime)
		defer done()
		cl, err := c.server()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer cl.Close()
		outputs, left, err := cl.Outputs(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var names []cobra.Completion
		for _, l := range left {
			if len(args) == 0 && unconfigured {
				names = append(names, cobra.CompletionWithDesc(l.Name, "not configured any more"))
			}
		}
		for _, o := range outputs {
			switch {
			case len(args) == 0 && !unconfigured:
				names = append(names, cobra.CompletionWithDesc(o.Name, o.State+", "+o.Kind+" to "+o.To))
			case len(args) == 1 && replays && o.Name == args[0]:
				for _, r := range o.Replays {
					names = append(names, cobra.CompletionWithDesc(r.ID, r.State+", "+window(r)))
				}
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

func statusCommand() *cobra.Command {
	var c connection
	var format form
	var replays bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say how far each output and each replay is",
		Example: `  lazuli forward status
  lazuli forward status --replays -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			write, err := format.writer(cmd)
			if err != nil {
				return err
			}
			cl, err := c.server()
			if err != nil {
				return err
			}
			defer cl.Close()
			outputs, left, err := cl.Outputs(cmd.Context())
			if err != nil {
				return err
			}
			people := format.people()
			if replays {
				return write(withoutEmpty(replaysAnswer(outputs, left, people), people))
			}
			if err := write(withoutEmpty(outputsAnswer(outputs), people)); err != nil || !people {
				return err
			}
			return remarks(cmd.OutOrStdout(), outputs, left, time.Now())
		},
	}
	c.serverFlags(cmd)
	format.flag(cmd)
	cmd.Flags().BoolVar(&replays, "replays", false, "the replays instead, finished ones among them")
	return cmd
}

// optional are the columns that people need to see only where they say something.
var optional = []string{"Oldest waiting", "Rejected", "Retried", "Failures", "Last error", "Note"}

// withoutEmpty leaves the optional columns out that say nothing in any row, for people.
func withoutEmpty(a *client.Answer, people bool) *client.Answer {
	t := &a.Tables[0]
	for i := len(t.Columns) - 1; i >= 0 && people; i-- {
		says := slices.ContainsFunc(t.Rows, func(row []json.RawMessage) bool { return plain(row[i]) != "" && plain(row[i]) != "0" })
		if says || !slices.Contains(optional, t.Columns[i].Name) {
			continue
		}
		t.Columns = slices.Delete(t.Columns, i, i+1)
		for n := range t.Rows {
			t.Rows[n] = slices.Delete(t.Rows[n], i, i+1)
		}
	}
	return a
}

func outputsAnswer(outputs []client.OutputState) *client.Answer {
	t := client.Table{Columns: []client.Column{
		{Name: "Output", Type: "string"}, {Name: "State", Type: "string"}, {Name: "Delivered", Type: "long"}, {Name: "Events/s", Type: "real"},
		{Name: "Frames behind", Type: "long"}, {Name: "Oldest waiting", Type: "datetime"}, {Name: "Rejected", Type: "long"}, {Name: "Retried", Type: "long"},
		{Name: "Failures", Type: "long"}, {Name: "Receiver", Type: "string"}, {Name: "Last error", Type: "string"},
	}}
	for _, o := range outputs {
		t.Rows = append(t.Rows, []json.RawMessage{
			text(o.Name), text(o.State), number(o.Delivered), json.RawMessage(fmt.Sprintf("%.1f", o.EventsPerSecond)),
			number(o.Behind()), instant(o.Oldest), number(o.Rejected), number(o.Retried),
			number(o.Failures), text(o.Kind + " " + o.To), text(o.LastError),
		})
	}
	return &client.Answer{Tables: []client.Table{t}}
}

// replaysAnswer lists replays; for people in short, so that the ids, which they have to type, have their place.
func replaysAnswer(outputs []client.OutputState, left []client.Leftover, people bool) *client.Answer {
	t := client.Table{Columns: []client.Column{
		{Name: "Output", Type: "string"}, {Name: "Replay", Type: "string"}, {Name: "State", Type: "string"}, {Name: "Progress", Type: "string"},
		{Name: "Delivered", Type: "long"}, {Name: "From", Type: "datetime"}, {Name: "To", Type: "datetime"}, {Name: "Rejected", Type: "long"},
		{Name: "Retried", Type: "long"}, {Name: "Last error", Type: "string"}, {Name: "Note", Type: "string"},
	}}
	if people {
		t.Columns[5].Type, t.Columns[6] = "string", client.Column{Name: "Span", Type: "string"}
	}
	add := func(output string, replays []client.ReplayState) {
		for _, r := range replays {
			from, to := instant(&r.From), instant(&r.To)
			if people {
				from, to = text(r.From.UTC().Format("2006-01-02 15:04")), text(spanText(r.To.Sub(r.From)))
			}
			t.Rows = append(t.Rows, []json.RawMessage{
				text(output), text(r.ID), text(r.State), text(percent(r)), number(r.Delivered), from, to,
				number(r.Rejected), number(r.Retried), text(r.LastError), text(r.Note),
			})
		}
	}
	for _, o := range outputs {
		add(o.Name, o.Replays)
	}
	for _, l := range left {
		add(l.Name, l.Replays)
	}
	return &client.Answer{Tables: []client.Table{t}}
}

// spanText is a span of time in days, or in hours and minutes.
func spanText(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d > 100*365*day:
		return "all"
	case d >= day && d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	case d < time.Minute:
		return d.String()
	}
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// percent says how far a replay is; what is not at its end is never 100 %.
func percent(r client.ReplayState) string {
	if r.State != "done" {
		return fmt.Sprintf("%.0f %%", min(99, 100*r.Progress))
	}
	return "100 %"
}

// window is a replay's, for people.
func window(r client.ReplayState) string {
	return r.From.Format(time.RFC3339) + " to " + r.To.Format(time.RFC3339)
}

// remarks says in words what the table of outputs does not: what is paused, what is replayed and what is left over.
func remarks(out io.Writer, outputs []client.OutputState, left []client.Leftover, now time.Time) error {
	var lines []string
	for _, o := range outputs {
		if text := pausedText(o, now); text != "" {
			lines = append(lines, text)
		}
		unfinished, finished := 0, 0
		for _, r := range o.Replays {
			if r.State == "running" || r.State == "paused" {
				unfinished++
				line := fmt.Sprintf("%s: replay %s, %s, %s, %s", o.Name, r.ID, r.State, percent(r), window(r))
				if r.LastError != "" {
					line += "; waits: " + r.LastError
				}
				lines = append(lines, line)
			} else {
				finished++
			}
		}
		if finished > 0 {
			lines = append(lines, fmt.Sprintf("%s: %s; `lazuli forward status --replays` lists them", o.Name, plural(finished, "finished replay")))
		}
	}
	for _, l := range left {
		line := l.Name + " is not configured any more"
		if l.Cursor != nil || len(l.Replays) > 0 {
			line += " and keeps rows from expiring"
		}
		lines = append(lines, line+"; `lazuli forward forget "+l.Name+"` removes what there is of it")
	}
	if len(lines) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(out)
	for _, line := range lines {
		if err == nil {
			_, err = fmt.Fprintln(out, wrap(oneLine(line), "  ", widthOf(out)))
		}
	}
	return err
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return grouped(n) + " " + what
}

// pausedText says since when an output is paused and what that holds back, "" when it is not.
func pausedText(o client.OutputState, now time.Time) string {
	if o.PausedSince == nil {
		return ""
	}
	line := fmt.Sprintf("%s is paused since %s (%s)", o.Name, o.PausedSince.Format(time.RFC3339), now.Sub(*o.PausedSince).Round(time.Second))
	if w := o.Waiting; w != nil {
		line += ": " + plural(int(w.Events), "event") + " waiting"
		if w.Oldest != nil {
			line += ", the first received at " + w.Oldest.Format(time.RFC3339)
		}
		if w.Overdue > 0 {
			line += "; " + plural(int(w.Overdue), "row") + " kept past retention"
		}
	}
	if o.Busy {
		line += "; a delivery is still under way"
	}
	return line
}

func pauseCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   "pause OUTPUT",
		Short: "Stop an output and its replays until it is resumed",
		Long: `Stops an output and its replays after the delivery that is under way, and waits for the end of that. The
output stays paused over restarts of the server. Nothing is lost: retention goes on to wait for what the
output has not delivered, so rows may be kept longer than configured; lazuli forward status says how many.`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: outputsOf(&c, false, false),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.server()
			if err != nil {
				return err
			}
			defer cl.Close()
			o, err := cl.Pause(cmd.Context(), args[0])
			if err == nil && o.Busy {
				o, err = quiet(cmd.Context(), cl, o, cmd.ErrOrStderr())
			}
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			_, err = fmt.Fprintln(out, wrap(pausedText(o, time.Now()), "  ", widthOf(out)))
			return err
		},
	}
	c.serverFlags(cmd)
	return cmd
}

// quiet waits until a paused output sends nothing any more.
func quiet(ctx context.Context, cl *client.Client, o client.OutputState, progress io.Writer) (client.OutputState, error) {
	_, _ = fmt.Fprintln(progress, "waiting for the end of the delivery that is under way")
	ctx, done := context.WithTimeout(ctx, busyMost)
	defer done()
	tick := time.NewTicker(busyPause)
	defer tick.Stop()
	for o.Busy {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return o, nil // it is paused; the text says that a delivery goes on
		}
		outputs, _, err := cl.Outputs(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			return o, nil
		}
		if err != nil {
			return o, err
		}
		for _, now := range outputs {
			if now.Name == o.Name {
				o = now
			}
		}
	}
	return o, nil
}

func resumeCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   "resume OUTPUT",
		Short: "Let a paused output go on where it was",
		Long: `Lets an output that was paused, and its replays, go on where they were. An output that waits after a
failure is tried again at once when it is paused and resumed.`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: outputsOf(&c, false, false),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.server()
			if err != nil {
				return err
			}
			defer cl.Close()
			o, err := cl.Resume(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s goes on, %s behind\n", o.Name, plural(int(o.Behind()), "frame"))
			return err
		},
	}
	c.serverFlags(cmd)
	return cmd
}

func cancelCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   "cancel OUTPUT REPLAY",
		Short: "End a replay, or forget one that has ended",
		Long: `Ends a replay after the delivery that is under way; what it has sent stays sent. A replay that has ended
is taken off the list.`,
		Example:           `  lazuli forward cancel soc 20261119-081500`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: outputsOf(&c, false, true),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.server()
			if err != nil {
				return err
			}
			defer cl.Close()
			return cl.CancelReplay(cmd.Context(), args[0], args[1])
		},
	}
	c.serverFlags(cmd)
	return cmd
}

func forgetCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   "forget OUTPUT",
		Short: "Remove what there is of an output that is gone for good, so that rows can expire",
		Long: `Removes the cursor, the pause and the replays of an output that is not in the configuration of the server
any more. Until then they are kept, so that an output which is configured again goes on where it was. With
--data it does so in a directory that no server holds. What its receiver had refused stays in
DATA/forward/OUTPUT.`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: outputsOf(&c, true, false),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			cl, done, err := c.open(cmd)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, done()) }()
			return cl.ForgetOutput(cmd.Context(), args[0])
		},
	}
	c.dataFlags(cmd)
	return cmd
}
