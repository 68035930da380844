package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lazuli.dev/lazuli/client"
)

func sourceCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "source", Short: "See what comes in, and stop it for a while"}
	var c connection
	var format form
	status := &cobra.Command{
		Use:   "status",
		Short: "Say what each source takes in",
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
			sources, err := cl.Sources(cmd.Context())
			if err != nil {
				return err
			}
			return write(sourcesAnswer(sources))
		},
	}
	c.flags(status)
	format.flag(status)
	cmd.AddCommand(status,
		switchCommand("pause SOURCE", "Take in nothing from a source until it is resumed, over restarts too",
			`Uploads over HTTP (source http) are answered 503 with the time to come again. Senders of syslog over TCP
and TLS are made to wait; the socket for UDP is closed, and datagrams are lost meanwhile.`, true),
		switchCommand("resume SOURCE", "Let a paused source go on", "", false))
	return cmd
}

func switchCommand(use, short, long string, pause bool) *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Long:  long,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			cl, done, err := c.open(cmd)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, done()) }()
			now, err := cl.SwitchSource(cmd.Context(), args[0], pause)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "source=%s state=%s messages=%d\n", now.Name, now.State, now.Messages)
			return err
		},
	}
	c.flags(cmd)
	return cmd
}

func sourcesAnswer(sources []client.SourceState) *client.Answer {
	t := client.Table{Columns: []client.Column{
		{Name: "Source", Type: "string"}, {Name: "State", Type: "string"}, {Name: "Listens", Type: "string"}, {Name: "Connections", Type: "long"},
		{Name: "Messages", Type: "long"}, {Name: "Bytes", Type: "long"}, {Name: "Messages/s", Type: "real"}, {Name: "Latest", Type: "datetime"},
		{Name: "Dropped", Type: "long"}, {Name: "Last error", Type: "string"},
	}}
	for _, s := range sources {
		var dropped json.RawMessage
		if s.Dropped != nil {
			dropped = number(*s.Dropped)
		}
		t.Rows = append(t.Rows, []json.RawMessage{
			text(s.Name), text(s.State), text(strings.Join(s.Listens, " ")), number(s.Connections), number(s.Messages), number(s.Bytes),
			json.RawMessage(fmt.Sprintf("%.1f", s.MessagesPerSecond)), instant(s.Latest), dropped, text(s.LastError),
		})
	}
	return &client.Answer{Tables: []client.Table{t}}
}
