package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"lazuli.dev/lazuli/client"
)

func rawCommand() *cobra.Command {
	var c connection
	var frame bool
	var format string
	cmd := &cobra.Command{
		Use:   "raw SEQ",
		Short: "Print the raw record behind a row, byte for byte as it was received",
		Long: `Print the raw record behind a row, byte for byte as it was received. SEQ is the row's _Seq, a hidden
column that a query gives when it names it. The record is read from the journal and its checksums are
verified. With --frame it is the whole body of the delivery that the record came in, unpacked.`,
		Example: `  lazuli query 'SigninLogs | where ResultType == "50126" | project TimeGenerated, _Seq'
  lazuli raw 50331653
  lazuli raw -o json 50331653
  lazuli raw --frame --data /var/lib/lazuli 50331653 > frame.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			seq, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usage("%q is not the _Seq of a row, which is a whole number", args[0])
			}
			if format != "raw" && format != "json" {
				return usage("-o %q is none of raw, json", format)
			}
			cl, done, err := c.open(cmd)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, done()) }()
			r, err := cl.Record(cmd.Context(), c.workspace, seq, frame)
			if err != nil {
				return err
			}
			if r.Reason != "" {
				cmd.PrintErrf("lazuli: this is the whole frame, not the row's record: %s\n", r.Reason)
			}
			if format == "json" {
				err = writeRecord(cmd.OutOrStdout(), r)
			} else if _, err = cmd.OutOrStdout().Write(r.Body); err == nil && widthOf(cmd.OutOrStdout()) > 0 && !bytes.HasSuffix(r.Body, []byte("\n")) {
				_, err = io.WriteString(cmd.OutOrStdout(), "\n") // for a person; a file gets the bytes alone
			}
			if err != nil {
				return fmt.Errorf("write the record: %w", err)
			}
			return nil
		},
	}
	c.flags(cmd)
	cmd.Flags().BoolVar(&frame, "frame", false, "the whole frame that the record came in")
	cmd.Flags().StringVarP(&format, "output", "o", "raw", "raw: the bytes; json: with where they came from")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"raw", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// writeRecord writes a record with what is known of it as JSON for people and programs.
func writeRecord(w io.Writer, r *client.Record) error {
	shown := struct {
		*client.Record
		Text   *string `json:"text,omitempty"`
		Base64 string  `json:"base64,omitempty"`
	}{Record: r}
	if utf8.Valid(r.Body) {
		text := string(r.Body)
		shown.Text = &text
	} else {
		shown.Base64 = base64.StdEncoding.EncodeToString(r.Body)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(shown)
}
