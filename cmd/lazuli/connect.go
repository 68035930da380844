package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/api/tlsconf"
	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/client"
	"lazuli.dev/lazuli/internal/secret"
	"lazuli.dev/lazuli/store"
)

const (
	defaultListen = "127.0.0.1:7575"
	defaultURL    = "http://" + defaultListen
)

// connection are the flags that say which data is meant: a server's, or a directory's.
type connection struct {
	url, token, tokenFile, ca, data, workspace string
}

// flags adds the flags of a command that talks to a server or to a data directory.
func (c *connection) flags(cmd *cobra.Command) {
	c.dataFlags(cmd)
	cmd.Flags().StringVarP(&c.workspace, "workspace", "w", lazuli.DefaultWorkspace, "workspace, by name or GUID")
}

// dataFlags adds those of a command that is of no workspace.
func (c *connection) dataFlags(cmd *cobra.Command) {
	c.serverFlags(cmd)
	cmd.Flags().StringVar(&c.data, "data", "", "use this data directory, which no server may hold, instead of a server (LAZULI_DATA)")
	cmd.MarkFlagsMutuallyExclusive("server", "data")
}

// serverFlags adds those of a command that talks to a server.
func (c *connection) serverFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.url, "server", "", "address of the server (LAZULI_URL; default "+defaultURL+")")
	f.StringVar(&c.token, "token", "", "token; LAZULI_TOKEN or --token-file keep it out of the process list")
	f.StringVar(&c.tokenFile, "token-file", "", "file that holds the token")
	f.StringVar(&c.ca, "ca", "", "PEM file of the server's authority (LAZULI_CA)")
}

func env(value, name string) string {
	if value != "" {
		return value
	}
	return os.Getenv(name)
}

// open gives a client, and what to call when all is done. With --data (or LAZULI_DATA and nobody serving
// there) it is that of a server in this process, on the same code as any other.
func (c *connection) open(cmd *cobra.Command) (*client.Client, func() error, error) {
	url := env(c.url, "LAZULI_URL")
	data := c.data
	if data == "" && url == "" {
		data = os.Getenv("LAZULI_DATA")
	}
	if data != "" {
		if !store.Exists(data) && cmd.Name() != "import" {
			return nil, nil, fmt.Errorf("%s is not a data directory of Lazuli", data)
		}
		l, err := openLocal(cmd.Context(), localOptions{data: data, log: quietLog()})
		if err != nil {
			return nil, nil, err
		}
		cl, err := l.serveAlone()
		if err != nil {
			return nil, nil, errors.Join(err, l.close())
		}
		return cl, func() error { cl.Close(); return l.close() }, nil
	}
	cl, err := c.server()
	if err != nil {
		return nil, nil, err
	}
	return cl, func() error { cl.Close(); return nil }, nil
}

// server gives a client of a server, to be closed.
func (c *connection) server() (*client.Client, error) {
	token, err := c.secret()
	if err != nil {
		return nil, err
	}
	cl, err := client.New(client.Options{URL: cmp.Or(env(c.url, "LAZULI_URL"), defaultURL), Token: token, CA: env(c.ca, "LAZULI_CA")})
	if err != nil {
		return nil, usage("%w", err)
	}
	return cl, nil
}

// secret is the token that was given in one of the ways.
func (c *connection) secret() (secret.String, error) {
	switch {
	case c.token != "":
		return secret.New(c.token), nil
	case c.tokenFile != "":
		s, err := auth.ReadTokenFile(c.tokenFile)
		if err != nil {
			return s, usage("%w", err)
		}
		return s, nil
	case os.Getenv(auth.EnvToken) != "":
		return secret.New(os.Getenv(auth.EnvToken)), nil
	}
	return secret.String{}, usage("no token; set %s or give --token-file (a server that made its own token keeps it in DATA/%s)", auth.EnvToken, auth.TokenFile)
}

func caCommand() *cobra.Command {
	var data string
	var path bool
	cmd := &cobra.Command{
		Use:   "ca",
		Short: "Print the certificate that clients of this server are to trust",
		Example: `  lazuli ca --data DIR > lazuli-ca.pem
  NODE_EXTRA_CA_CERTS=$(lazuli ca --data DIR --path) node app.js`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			data = env(data, "LAZULI_DATA")
			if data == "" {
				return usage("which data directory? give --data or set LAZULI_DATA")
			}
			s, err := tlsconf.New(tlsconf.Options{Data: data})
			if err != nil {
				return err
			}
			if path {
				abs, err := filepath.Abs(s.CAPath())
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), abs)
				return err
			}
			pem, err := os.ReadFile(s.CAPath())
			if err != nil {
				return fmt.Errorf("read authority: %w", err)
			}
			_, err = cmd.OutOrStdout().Write(pem)
			return err
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "data directory (LAZULI_DATA)")
	cmd.Flags().BoolVar(&path, "path", false, "print the file's path instead")
	return cmd
}
