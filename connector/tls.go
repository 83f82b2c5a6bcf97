package connector

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"cdcd/event"
)

// TLSMode says how a connection to the server is protected.
type TLSMode uint8

// The modes, from weak to strong. Up to TLSRequired nobody's certificate is
// checked: they keep out who only listens, not who stands in between.
const (
	TLSOff       TLSMode = iota
	TLSPreferred         // where the server offers it
	TLSRequired
	TLSVerifyCA   // the certificate is signed by whom we trust
	TLSVerifyFull // and names the host
)

// tlsModes are the spellings of the two connectors.
var tlsModes = map[event.Flavor]map[string]TLSMode{
	event.MySQL: {
		"": TLSPreferred, "disabled": TLSOff, "preferred": TLSPreferred, "required": TLSRequired,
		"verify_ca": TLSVerifyCA, "verify_identity": TLSVerifyFull,
	},
	event.MariaDB: {
		"": TLSOff, "disable": TLSOff, "trust": TLSRequired, "verify-ca": TLSVerifyCA, "verify-full": TLSVerifyFull,
	},
}

func parseTLSMode(f event.Flavor, name string) (TLSMode, error) {
	mode, ok := tlsModes[f][name]
	switch {
	case ok:
		return mode, nil
	case f == event.MariaDB:
		return 0, fmt.Errorf("%q is a mode of the MySQL connector: want one of disable, trust, verify-ca, verify-full", name)
	}
	return 0, fmt.Errorf("%q is a mode of the MariaDB connector: want one of disabled, preferred, required, verify_ca, verify_identity", name)
}

// TLS is how the connection to the server is protected, and with which files.
type TLS struct {
	Mode     TLSMode
	Trust    string // PEM file of the certificates to trust, "" for the system's
	Identity string // PEM file of our certificate and its key, "" for none
}

// client returns what a connection to host needs, nil for a plain one. The
// files are read now, so that renewed ones count from the next connection on.
func (t TLS) client(host string) (*tls.Config, error) {
	if t.Mode == TLSOff {
		return nil, nil
	}
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if err := t.trust(c); err != nil {
		return nil, fmt.Errorf("database.ssl.truststore: %w", err)
	}
	if err := t.identify(c); err != nil {
		return nil, fmt.Errorf("database.ssl.keystore: %w", err)
	}
	return c, nil
}

func (t TLS) trust(c *tls.Config) error {
	if t.Trust != "" {
		pem, err := readPEM(t.Trust)
		if err != nil {
			return err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s holds no certificate", t.Trust)
		}
	}
	switch t.Mode {
	case TLSVerifyFull, TLSOff:
	case TLSVerifyCA:
		c.InsecureSkipVerify = true // the chain is verified here, the name is not asked for
		c.VerifyConnection = func(s tls.ConnectionState) error { return verifyChain(s, c.RootCAs) }
	case TLSPreferred, TLSRequired:
		c.InsecureSkipVerify = true // the mode asks for no more
	}
	return nil
}

// verifyChain is what crypto/tls does, without the host's name.
func verifyChain(s tls.ConnectionState, roots *x509.CertPool) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("the server shows no certificate")
	}
	between := x509.NewCertPool()
	for _, cert := range s.PeerCertificates[1:] {
		between.AddCert(cert)
	}
	_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
	return err
}

func (t TLS) identify(c *tls.Config) error {
	if t.Identity == "" {
		return nil
	}
	pem, err := readPEM(t.Identity)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(pem, pem)
	if err != nil {
		return fmt.Errorf("%s: %w", t.Identity, err)
	}
	c.Certificates = []tls.Certificate{pair}
	return nil
}

// readPEM reads a file and says how to make a PEM file of a Java key store.
func readPEM(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	switch {
	case err != nil:
		return nil, err
	case bytes.HasPrefix(b, []byte("\xfe\xed\xfe\xed")), bytes.HasPrefix(b, []byte("\xce\xce\xce\xce")):
		return nil, fmt.Errorf("%[1]s is a Java key store; cdcd reads PEM: keytool -importkeystore -srckeystore %[1]s -destkeystore %[2]s.p12 -deststoretype PKCS12, then openssl pkcs12 -nodes -in %[2]s.p12 -out %[2]s.pem", path, base(path))
	case bytes.HasPrefix(b, []byte{0x30}):
		return nil, fmt.Errorf("%[1]s is a PKCS #12 store; cdcd reads PEM: openssl pkcs12 -nodes -in %[1]s -out %[2]s.pem", path, base(path))
	}
	return b, nil
}

// base is a file's name without its ending.
func base(path string) string {
	if i := strings.LastIndexByte(path, '.'); i > strings.LastIndexByte(path, '/') {
		return path[:i]
	}
	return path
}

// isTLS tells the errors of a handshake.
func isTLS(err error) bool {
	var (
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid) ||
		strings.Contains(err.Error(), "tls: ")
}

// cause strips the names of go-mysql's functions from an error.
func cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		if _, ok := err.(*net.OpError); ok { //nolint:errorlint // one step at a time
			return err
		}
		err = inner
	}
}
