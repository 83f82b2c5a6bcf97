package api

import (
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"strings"
)

// guard decides who may change something: whoever knows the token, and where there
// is none whoever calls from this machine, and is not a page in a browser.
type guard struct {
	token string // "" for none
	local bool   // the server listens on a loopback address
}

// check returns nil, or why not and the code of the answer.
func (g guard) check(r *http.Request) (code int, err error) {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return http.StatusForbidden, err
	}
	switch {
	case g.token != "":
		given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(given), []byte(g.token)) != 1 {
			return http.StatusUnauthorized, errors.New("changes need the header Authorization: Bearer with the text of http.token")
		}
	case !g.local:
		return http.StatusForbidden, errors.New("changes need http.token, since http.listen is not a loopback address; or use cdcd connectors on the machine of a node")
	case !namesThisMachine(r.Host):
		return http.StatusForbidden, errors.New("changes without http.token have to be asked of localhost, whatever other name leads here")
	}
	return 0, nil
}

// namesThisMachine tells whether a host can only mean this machine. A page may give
// its own name the address of this one, and is then of the same origin.
func namesThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "localhost" || isLoopback(host)
}

func isLoopback(host string) bool {
	return net.ParseIP(strings.Trim(host, "[]")).IsLoopback()
}
