package connector

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdcd/event"
)

// authority signs certificates for tests and keeps them in files.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	a.cert, a.key = a.issue(t, "ca", &x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	return a
}

// issue writes <name>.pem, with certificate and key, and the two apart.
func (a *authority) issue(t *testing.T, name string, cert *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert.SerialNumber = big.NewInt(time.Now().UnixNano())
	cert.NotBefore, cert.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = cert, key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	a.write(t, name+".crt", public)
	a.write(t, name+".key", private)
	a.write(t, name+".pem", append(public, private...))
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(a.path(name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTLS_Modes shakes hands in every mode with a server whose certificate is
// trusted or not, and names the host or not.
func TestTLS_Modes(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	named := &x509.Certificate{DNSNames: []string{"db.example"}}
	other := &x509.Certificate{DNSNames: []string{"other.example"}}
	ours.issue(t, "named", named)
	ours.issue(t, "other", other)
	theirs.issue(t, "named", named)
	f := func(mode TLSMode, a *authority, server, want string) {
		t.Helper()
		c, err := TLS{Mode: mode, Trust: ours.path("ca.crt")}.client("db.example")
		if err != nil {
			t.Fatal(err)
		}
		err = shake(t, c, a.path(server+".pem"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || !isTLS(err)) {
			t.Errorf("mode %d with %s: %v, want %q", mode, server, err, want)
		}
	}
	for _, mode := range []TLSMode{TLSPreferred, TLSRequired} {
		f(mode, theirs, "named", "")
	}
	f(TLSVerifyCA, ours, "named", "")
	f(TLSVerifyCA, ours, "other", "")
	f(TLSVerifyCA, theirs, "named", "unknown authority")
	f(TLSVerifyFull, ours, "named", "")
	f(TLSVerifyFull, ours, "other", "not db.example")
	f(TLSVerifyFull, theirs, "named", "unknown authority")
}

// shake returns the client's error.
func shake(t *testing.T, client *tls.Config, file string) error {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		t.Fatal(err)
	}
	here, there := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = tls.Server(there, &tls.Config{Certificates: []tls.Certificate{pair}}).Handshake()
		_ = there.Close()
	}()
	err = tls.Client(here, client).Handshake()
	_ = here.Close()
	<-done
	return err
}

func TestTLS_Files(t *testing.T) {
	a := newAuthority(t)
	a.write(t, "store.jks", []byte("\xfe\xed\xfe\xed\x00"))
	a.write(t, "store.p12", []byte{0x30, 0x82, 1})
	a.write(t, "empty.pem", []byte("nothing"))
	f := func(want string, files TLS) {
		t.Helper()
		files.Mode = TLSVerifyFull
		_, err := files.client("h")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: %v, want %q", files, err, want)
		}
	}
	f("", TLS{})
	f("", TLS{Trust: a.path("ca.crt"), Identity: a.path("ca.pem")})
	f("database.ssl.truststore: open ", TLS{Trust: a.path("none")})
	f("is a Java key store; cdcd reads PEM: keytool", TLS{Trust: a.path("store.jks")})
	f("is a PKCS #12 store; cdcd reads PEM: openssl", TLS{Identity: a.path("store.p12")})
	f("holds no certificate", TLS{Trust: a.path("empty.pem")})
	f("database.ssl.keystore: ", TLS{Identity: a.path("ca.crt")})
	if c, err := (TLS{Mode: TLSOff, Trust: a.path("none")}).client("h"); c != nil || err != nil {
		t.Errorf("off: %v, %v", c, err)
	}
}

func TestParseTLSMode(t *testing.T) {
	f := func(flavor event.Flavor, name string, want TLSMode, ok bool) {
		t.Helper()
		if got, err := parseTLSMode(flavor, name); got != want || (err == nil) != ok {
			t.Errorf("%s %q: %d, %v", flavor, name, got, err)
		}
	}
	f(event.MySQL, "", TLSPreferred, true)
	f(event.MySQL, "disabled", TLSOff, true)
	f(event.MySQL, "verify_identity", TLSVerifyFull, true)
	f(event.MySQL, "trust", 0, false)
	f(event.MariaDB, "", TLSOff, true)
	f(event.MariaDB, "trust", TLSRequired, true)
	f(event.MariaDB, "verify-full", TLSVerifyFull, true)
	f(event.MariaDB, "disabled", 0, false)
}
