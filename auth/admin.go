package auth

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lazuli.dev/lazuli/internal/secret"
)

// EnvToken is the environment variable that holds the admin token, for the server as for the client.
const EnvToken = "LAZULI_TOKEN"

// TokenFile is the name of the file in the data directory that holds the admin token where neither
// the environment nor the command line gives one.
const TokenFile = "token"

// An AdminToken is the token that the server starts with.
type AdminToken struct {
	Secret secret.String
	// Path is the file that the token was read from or written to, "" when it came from the environment.
	Path string
	Made bool // the file was made just now
}

// LoadAdminToken finds the admin token: env (the value of LAZULI_TOKEN) where it is not empty, else the
// content of file where a name is given, else of DATA/token, which is made with a new random token
// on the first start, readable by its owner only.
func LoadAdminToken(env, file, data string) (AdminToken, error) {
	if env = strings.TrimSpace(env); env != "" {
		return AdminToken{Secret: secret.New(env)}, nil
	}
	if file != "" {
		s, err := ReadTokenFile(file)
		return AdminToken{Secret: s, Path: file}, err
	}
	path := filepath.Join(data, TokenFile)
	switch info, err := os.Stat(path); {
	case err == nil && info.Mode().Perm()&0o077 != 0:
		return AdminToken{}, fmt.Errorf("token file %s is open to others (mode %04o); run: chmod 600 %s", path, info.Mode().Perm(), path)
	case err == nil:
		s, err := ReadTokenFile(path)
		return AdminToken{Secret: s, Path: path}, err
	case !errors.Is(err, fs.ErrNotExist):
		return AdminToken{}, fmt.Errorf("read token file: %w", err)
	}
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return AdminToken{}, fmt.Errorf("make admin token: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(random)
	// O_EXCL: of two first starts one wins, and nobody writes through a link that was laid out before.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return AdminToken{}, fmt.Errorf("make admin token file %s: %w", path, err)
	}
	_, err = f.WriteString(token + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return AdminToken{}, fmt.Errorf("write admin token file %s: %w", path, errors.Join(err, os.Remove(path)))
	}
	return AdminToken{Secret: secret.New(token), Path: path, Made: true}, nil
}

// ReadTokenFile reads a token from a file that holds nothing else, white space around it aside. It does not
// judge the file's mode: orchestrators mount secrets readable by all inside a container.
func ReadTokenFile(path string) (secret.String, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return secret.String{}, fmt.Errorf("read token file: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" || strings.ContainsAny(token, "\r\n\t ") {
		return secret.String{}, fmt.Errorf("token file %s must hold one token and nothing else", path)
	}
	return secret.New(token), nil
}
