package main

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"lazuli.dev/lazuli/client"
)

func tablesCommand() *cobra.Command {
	var c connection
	var format form
	var all bool
	cmd := &cobra.Command{
		Use:   "tables",
		Short: "List the tables that hold rows",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			write, err := format.writer(cmd)
			if err != nil {
				return err
			}
			cl, done, err := c.open(cmd)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, done()) }()
			workspace := c.workspace
			if all {
				workspace = ""
			}
			tables, err := cl.Tables(cmd.Context(), workspace)
			if err != nil {
				return err
			}
			answer := tablesAnswer(tables)
			if format.people() && !all {
				answer = withoutWorkspace(answer)
			}
			return write(answer)
		},
	}
	c.flags(cmd)
	format.flag(cmd)
	cmd.Flags().BoolVar(&all, "all-workspaces", false, "of every workspace that the token is good for")
	return cmd
}

func text(s string) json.RawMessage {
	raw, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return json.RawMessage(`""`)
	}
	return raw
}

func number(n int64) json.RawMessage { return strconv.AppendInt(nil, n, 10) }

func instant(t *time.Time) json.RawMessage {
	if t == nil {
		return json.RawMessage("null")
	}
	return text(t.Format(time.RFC3339))
}

func tablesAnswer(tables []client.TableState) *client.Answer {
	t := client.Table{Columns: []client.Column{
		{Name: "Workspace", Type: "string"}, {Name: "Table", Type: "string"}, {Name: "Rows", Type: "long"},
		{Name: "From", Type: "datetime"}, {Name: "To", Type: "datetime"}, {Name: "Retention", Type: "string"},
	}}
	for _, s := range tables {
		t.Rows = append(t.Rows, []json.RawMessage{
			text(s.Workspace), text(s.Name), number(s.Rows), instant(s.From), instant(s.To), text(retentionText(s.RetentionSeconds)),
		})
	}
	return &client.Answer{Tables: []client.Table{t}}
}

// retentionText is how long rows are kept, for people.
func retentionText(seconds int64) string {
	switch {
	case seconds <= 0:
		return "for ever"
	case seconds%86400 == 0:
		return strconv.FormatInt(seconds/86400, 10) + "d"
	}
	return (time.Duration(seconds) * time.Second).String()
}

// withoutWorkspace leaves the first column out, for people who asked for one workspace.
func withoutWorkspace(a *client.Answer) *client.Answer {
	t := &a.Tables[0]
	t.Columns = t.Columns[1:]
	for i := range t.Rows {
		t.Rows[i] = t.Rows[i][1:]
	}
	return a
}
