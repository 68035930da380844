package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/rivo/uniseg"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/client"
	"lazuli.dev/lazuli/query"
)

func queryCommand() *cobra.Command {
	var c connection
	var format form
	var timespan string
	cmd := &cobra.Command{
		Use:   "query 'KQL'",
		Short: "Ask a question in KQL; - reads it from standard input",
		Example: `  lazuli query 'SigninLogs | summarize count() by ResultType'
  lazuli query --timespan P1D -o csv 'AzureActivity | take 10' > a.csv
  lazuli query --data /var/lib/lazuli - < hunt.kql`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			write, err := format.writer(cmd)
			if err != nil {
				return err
			}
			text := args[0]
			if text == "-" {
				all, err := io.ReadAll(cmd.InOrStdin())
				if err != nil {
					return fmt.Errorf("read the query: %w", err)
				}
				text = string(all)
			}
			if strings.TrimSpace(text) == "" {
				return &failure{exitQuery, errors.New("the query is empty; for example: SigninLogs | take 10")}
			}
			if _, err := query.ParseTimespan(timespan, lazuli.Ticks(time.Now())); err != nil {
				return usage("--timespan: %w", err)
			}
			cl, done, err := c.open(cmd)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, done()) }()
			answer, err := cl.Query(cmd.Context(), c.workspace, text, timespan)
			if err != nil {
				return pointAt(err, text)
			}
			if err := write(answer); err != nil {
				return fmt.Errorf("write the answer: %w", err)
			}
			if answer.Partial != "" {
				return &failure{exitFailed, fmt.Errorf("the answer is not complete: %s", answer.Partial)}
			}
			return nil
		},
	}
	c.flags(cmd)
	format.flag(cmd)
	cmd.Flags().StringVar(&timespan, "timespan", "", "bounds TimeGenerated: PT1H, P7D, or start/end")
	return cmd
}

// widthOf is the terminal's width, 0 when the writer is no terminal.
func widthOf(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// pointAt shows the line of the query that is wrong, with the place underlined.
func pointAt(err error, text string) error {
	var answered *client.Error
	if !errors.As(err, &answered) || !answered.Query || answered.Line == 0 {
		return err
	}
	lines := strings.Split(text, "\n")
	if answered.Line > len(lines) {
		return err
	}
	line := []rune(strings.TrimRight(lines[answered.Line-1], "\r"))
	from := min(max(answered.Pos-1, 0), len(line))
	to := min(from+max(1, len([]rune(answered.Token))), max(len(line), from+1))
	var blank strings.Builder
	for _, r := range line[:from] {
		if r == '\t' {
			blank.WriteByte('\t') // whatever its width is, it is the same below
			continue
		}
		blank.WriteString(strings.Repeat(" ", uniseg.StringWidth(string(r))))
	}
	under := 1
	if to <= len(line) {
		under = max(1, uniseg.StringWidth(string(line[from:to])))
	}
	return &failure{exitQuery, fmt.Errorf("%w\n\n  %s\n  %s%s", err, string(line), blank.String(), "^"+strings.Repeat("~", under-1))}
}
