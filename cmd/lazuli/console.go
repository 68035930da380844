package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/client"
)

func consoleCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   "console",
		Short: "Print a link that signs a browser in to the console, once",
		Long: `Asks the server for a link to its console. The link works once, within 15 minutes, and the browser
then acts for the token's principal. With --data the token is read from the data directory of the
server, which may be running.`,
		Example: `  lazuli console --data /var/lib/lazuli
  xdg-open "$(lazuli console --server https://lazuli.example.org:7575 --token-file token)"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if data := env(c.data, "LAZULI_DATA"); data != "" && c.token == "" && c.tokenFile == "" {
				c.tokenFile = filepath.Join(data, auth.TokenFile)
			}
			token, err := c.secret()
			if err != nil {
				return err
			}
			url := env(c.url, "LAZULI_URL")
			if url == "" {
				url = defaultURL
			}
			cl, err := client.New(client.Options{URL: url, Token: token, CA: env(c.ca, "LAZULI_CA")})
			if err != nil {
				return usage("%w", err)
			}
			defer cl.Close()
			link, err := cl.SignInLink(cmd.Context())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), link)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.url, "server", "", "address of the server (LAZULI_URL; default "+defaultURL+")")
	f.StringVar(&c.tokenFile, "token-file", "", "file that holds the token (or LAZULI_TOKEN)")
	f.StringVar(&c.data, "data", "", "data directory of the server, for its token (LAZULI_DATA)")
	f.StringVar(&c.ca, "ca", "", "PEM file of the server's authority (LAZULI_CA)")
	return cmd
}
