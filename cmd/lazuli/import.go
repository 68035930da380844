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
Importing a file again changes nothing: what is held already is counted under duplicates.`,
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
			sum, err := client.Import{Workspace: c.workspace, Progress: bar.add}.Run(cmd.Context(), cl, files)
			bar.done()
			printSummary(cmd.OutOrStdout(), sum, time.Since(began))
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
	_, _ = fmt.Fprintf(w, "files=%d rows=%d quarantined=%d duplicates=%d seconds=%.1f\n", s.Files, s.Rows, s.Quarantined, s.Duplicates, took.Seconds())
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

func (b bar) done() {
	if b.p != nil {
		_ = b.p.Finish()
	}
}
