package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"lazuli.dev/lazuli/client"
)

func importCommand() *cobra.Command {
	var c connection
	var patience time.Duration
	cmd := &cobra.Command{
		Use:   "import PATH...",
		Short: "Send files and folders of wire records to a server or into a data directory",
		Long: `Sends wire records as Azure writes them: a record a line, arrays, {"records":[...]} documents
of any size, gzip or not. Which table a record belongs to is found out from the record.
A file that cannot be read, or unpacked to its end, is sent as far as it can be and keeps no
other from being sent; the exit code is then 1.

Importing a file again within seven days, as the same principal, adds nothing: what is held
already is counted under duplicates. When a file of one record a line has grown in between,
only its new records are added. An array or a {"records":[...]} document that has grown or
changed is recognised in whole parts of 8 MB only; what follows them is added again.`,
		Example: `  lazuli import insights-logs-signinlogs/
  lazuli import --data /var/lib/lazuli PT1H.json activity.json.gz`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			files, size, err := client.Files(args)
			if err != nil {
				return usage("%w", err)
			}
			cl, done, err := c.open(cmd)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, done()) }()
			cl.Patience = patience
			bar := newBar(cmd.ErrOrStderr(), size)
			began := time.Now()
			warn := func(err *client.FileError) {
				bar.clear()
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "lazuli: warning: "+err.Error())
			}
			sum, err := client.Import{Workspace: c.workspace, Progress: bar.add, Warn: warn}.Run(cmd.Context(), cl, files)
			bar.done()
			printSummary(cmd.OutOrStdout(), sum, time.Since(began))
			if err == nil && sum.Failed > 0 {
				err = fmt.Errorf("%d of %d files could not be read to their end; the warnings say which, all others were taken", sum.Failed, sum.Files)
			}
			return err
		},
	}
	c.flags(cmd)
	cmd.Flags().DurationVar(&patience, "patience", 2*time.Minute, "how long to try again while the server is busy or away")
	return cmd
}

// printSummary tells what arrived: tables first, then one line of counts that scripts can read.
func printSummary(w io.Writer, s client.Summary, took time.Duration) {
	for _, table := range slices.Sorted(maps.Keys(s.Tables)) {
		_, _ = fmt.Fprintf(w, "%12d  %s\n", s.Tables[table], table)
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Reasons)) {
		_, _ = fmt.Fprintf(w, "%12d  quarantined: %s\n", s.Reasons[reason], reason)
	}
	_, _ = fmt.Fprintf(w, "files=%d rows=%d quarantined=%d duplicates=%d failed=%d seconds=%.1f\n", s.Files, s.Rows, s.Quarantined, s.Duplicates, s.Failed, took.Seconds())
}

// A bar shows progress on a terminal and is silent elsewhere.
type bar struct{ p *progressbar.ProgressBar }

func newBar(w io.Writer, size int64) bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return bar{}
	}
	return bar{progressbar.NewOptions64(size, progressbar.OptionSetWriter(f), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription("importing"), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())}
}

func (b bar) add(n int64) {
	if b.p != nil {
		_ = b.p.Add64(n) // a bar that cannot be drawn is no reason to stop
	}
}

// clear takes the bar off the line, for other text; it comes back with the next bytes.
func (b bar) clear() {
	if b.p != nil {
		_ = b.p.Clear()
	}
}

func (b bar) done() {
	if b.p != nil {
		_ = b.p.Finish()
	}
}
