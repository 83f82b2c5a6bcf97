package cluster

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// authority signs the certificates of nodes.
type authority struct {
	file string // PEM
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	return authorityUnder(t, nil)
}

// authorityUnder is one whose certificate another signed.
func authorityUnder(t testing.TB, above *authority) *authority {
	t.Helper()
	key, name := newKey(t), "test CA"
	if above != nil {
		name = "CA below the " + above.cert.Subject.CommonName
	}
	template := &x509.Certificate{
		SerialNumber: newSerial(t), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a := &authority{file: filepath.Join(t.TempDir(), "ca.pem"), cert: template, key: key}
	if above != nil {
		a.cert = above.sign(t, template, key)
	} else {
		a.cert = a.sign(t, template, key)
	}
	writePEM(t, a.file, "CERTIFICATE", a.cert.Raw)
	return a
}

// issue makes a certificate for a node id, which the changes make a different
// one, and writes it to files of its own.
func (a *authority) issue(t testing.TB, id string, changes ...func(*x509.Certificate)) TLS {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: newSerial(t), Subject: pkix.Name{CommonName: id}, DNSNames: []string{id},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, change := range changes {
		change(template)
	}
	key := newKey(t)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := TLS{CA: a.file, Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	writePEM(t, files.Cert, "CERTIFICATE", a.sign(t, template, key).Raw)
	writePEM(t, files.Key, "PRIVATE KEY", der)
	return files
}

func (a *authority) sign(t testing.TB, template *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// certificates are the files of nodes whose certificates one CA signed for their
// ids.
func certificates(t testing.TB, ids ...string) map[string]TLS {
	t.Helper()
	ca := newAuthority(t)
	files := map[string]TLS{}
	for _, id := range ids {
		files[id] = ca.issue(t, id)
	}
	return files
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newSerial(t testing.TB) *big.Int {
	t.Helper()
	n, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func writePEM(t testing.TB, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// How a certificate may differ from what issue makes.
func expired(c *x509.Certificate)    { c.NotAfter = time.Now().Add(-time.Minute) }
func early(c *x509.Certificate)      { c.NotBefore = time.Now().Add(time.Minute) }
func serverOnly(c *x509.Certificate) { c.ExtKeyUsage = c.ExtKeyUsage[:1] }
func clientOnly(c *x509.Certificate) { c.ExtKeyUsage = c.ExtKeyUsage[1:] }
func forTheHost(c *x509.Certificate) {
	c.DNSNames, c.IPAddresses = nil, []net.IP{net.IPv4(127, 0, 0, 1)}
}
func noUsageNamed(c *x509.Certificate) { c.ExtKeyUsage = nil }

// replace writes one file over another, later.
func replace(t testing.TB, path, with string) {
	t.Helper()
	text, err := os.ReadFile(with)
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, path, text)
}

// rewrite changes a file in a way that shows even if it happens at once.
func rewrite(t testing.TB, path string, text []byte) {
	t.Helper()
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	later := before.ModTime().Add(time.Second)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
}

// lookAlways has a wire look at its files at each handshake.
func lookAlways(w *wire) {
	w.credentials.mu.Lock()
	defer w.credentials.mu.Unlock()
	w.credentials.every = 0
}

// force has a wire use files that it would refuse.
func force(t testing.TB, w *wire, files TLS) {
	t.Helper()
	k, err := files.read()
	if err != nil {
		t.Fatal(err)
	}
	w.credentials.mu.Lock()
	defer w.credentials.mu.Unlock()
	w.credentials.current = k
}

// shown is the serial number of the certificate that the other side showed.
func shown(t testing.TB, c net.Conn) *big.Int {
	t.Helper()
	return c.(*wireConn).Conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber
}

// serial is the number of the certificate in the files.
func serial(t testing.TB, files TLS) *big.Int {
	t.Helper()
	k, err := files.read()
	if err != nil {
		t.Fatal(err)
	}
	return k.pair.Leaf.SerialNumber
}

func TestWire_OwnCertificateIsChecked(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	good, foreign := ca.issue(t, "n1"), other.issue(t, "n1")
	text := filepath.Join(t.TempDir(), "text.pem")
	if err := os.WriteFile(text, []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuses := func(name string, files TLS, words ...string) {
		t.Helper()
		var b addressBook
		b.nodes.Store("n1", "127.0.0.1:7083")
		w, err := openWire(t.Context(), wireOf(&b, "n1", files))
		if !errors.Is(err, ErrCertificate) {
			t.Errorf("%s: openWire = %v, %v", name, w, err)
			return
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q does not say %q", name, err, word)
			}
		}
	}
	refusesFile := func(name string, f TLS, reason string) {
		t.Helper()
		refuses(name, f, f.Cert, reason)
	}
	refusesFile("expired", ca.issue(t, "n1", expired), "expired")
	refusesFile("not yet valid", ca.issue(t, "n1", early), "not yet valid")
	refusesFile("other CA", TLS{good.CA, foreign.Cert, foreign.Key}, "unknown authority")
	refusesFile("other node", ca.issue(t, "n2"), "it is for n2, and not for node n1 or its host \"127.0.0.1\"")
	refusesFile("server only", ca.issue(t, "n1", serverOnly), "as a client's")
	refusesFile("client only", ca.issue(t, "n1", clientOnly), "as a server's")
	refusesFile("other key", TLS{good.CA, good.Cert, foreign.Key}, "does not match")
	refuses("no file", TLS{good.CA, good.Cert, good.Key + ".not"}, good.Key+".not")
	refuses("no CA", TLS{text, good.Cert, good.Key}, text, "holds no certificate")
	refuses("no PEM", TLS{good.CA, text, good.Key}, text)
	refuses("two of three", TLS{CA: good.CA, Cert: good.Cert}, "must all be named")
	refuses("the key for the certificate", TLS{good.CA, good.Key, good.Key}, good.Key)
}

func TestWire_KeyIsNotInErrors(t *testing.T) {
	good := certificates(t, "n1")["n1"]
	key, err := os.ReadFile(good.Key)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(key), "\n")
	rewrite(t, good.Key, bytes.Replace(key, []byte(lines[1][:8]), []byte("AAAAAAAA"), 1))
	_, err = good.read()
	if err == nil || strings.Contains(err.Error(), lines[2]) || strings.Contains(err.Error(), lines[1][8:]) {
		t.Fatalf("the error is %v", err)
	}
}

func TestWire_CertificateForTheHost(t *testing.T) {
	ca := newAuthority(t)
	for _, change := range []func(*x509.Certificate){forTheHost, noUsageNamed} {
		var b addressBook
		b.nodes.Store("n1", "127.0.0.1:1")
		n1 := wired(t, &b, wireOf(&b, "n1", ca.issue(t, "n1", change)))
		b.nodes.Store("n2", "127.0.0.1:1")
		n2 := wired(t, &b, wireOf(&b, "n2", ca.issue(t, "n2", change)))
		b.nodes.Store("n2", n2.Addr().String())
		dialled, accepted := connected(t, n1, n2, forRaft)
		talk(t, dialled, accepted)
	}
}

func TestWire_ChainOfCertificates(t *testing.T) {
	root := newAuthority(t)
	between := authorityUnder(t, root)
	files := map[string]TLS{}
	for _, id := range []string{"n1", "n2"} {
		f := between.issue(t, id)
		leaf, err := os.ReadFile(f.Cert)
		if err != nil {
			t.Fatal(err)
		}
		rewrite(t, f.Cert, append(leaf, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: between.cert.Raw})...))
		files[id] = TLS{CA: root.file, Cert: f.Cert, Key: f.Key}
	}
	n1, n2 := twoWires(t, files)
	dialled, accepted := connected(t, n1, n2, forRaft)
	talk(t, dialled, accepted)
}

func TestWire_CertificateOfAnotherNodeRefused(t *testing.T) {
	ca := newAuthority(t)
	var b addressBook
	n1 := wired(t, &b, wireOf(&b, "n1", ca.issue(t, "n1")))
	n2 := wired(t, &b, wireOf(&b, "n2", ca.issue(t, "n2")))
	b.nodes.Store("n3", n2.Addr().String())
	refused(t, n1, "n3", ErrCertificate, "it is for n2, and not for node n3")

	// What n4 says of itself is not what n2 knows of it.
	elsewhere := wireOf(&b, "n4", ca.issue(t, "n4", forTheHost))
	elsewhere.Address = func(node string) (string, error) {
		if node == "n4" {
			return "127.0.0.1:1", nil
		}
		return b.address(node)
	}
	n4, err := openWire(t.Context(), elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	defer n4.Close()
	refused(t, n4, "n2", ErrCertificate, "not for node n4")
	force(t, n1, ca.issue(t, "n2"))
	refused(t, n1, "n2", ErrCertificate, n2.Addr().String(), "not for node n1")
}

func TestWire_CertificateOfAnotherCARefused(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	var b addressBook
	core, logs := observer.New(zap.WarnLevel)
	cfg := wireOf(&b, "n2", ca.issue(t, "n2"))
	cfg.Logger = zap.New(core)
	wired(t, &b, cfg)
	foreign := other.issue(t, "n1")
	n1 := wired(t, &b, wireOf(&b, "n1", foreign))
	force(t, n1, TLS{ca.file, foreign.Cert, foreign.Key}) // accepts n2, but is not accepted
	refused(t, n1, "n2", ErrCertificate, "whose log says why", foreign.Cert)
	eventually(t, "the refusal is logged", func() bool { return logs.Len() > 0 })
	if why := fmt.Sprint(logs.All()[0].ContextMap()["error"]); !strings.Contains(why, "the certificate of n1") || !strings.Contains(why, "unknown authority") {
		t.Errorf("logged is %q", why)
	}
	force(t, n1, foreign)
	refused(t, n1, "n2", ErrCertificate, "the certificate of n2", "unknown authority", foreign.CA)
}

func TestWire_ExpiredCertificateRefused(t *testing.T) {
	ca := newAuthority(t)
	files := map[string]TLS{"n1": ca.issue(t, "n1"), "n2": ca.issue(t, "n2")}
	n1, n2 := twoWires(t, files)
	force(t, n2, ca.issue(t, "n2", expired))
	refused(t, n1, "n2", ErrCertificate, "the certificate of n2", "expired")
	refused(t, n2, "n1", ErrCertificate, "bad certificate", files["n2"].Cert)
}

func TestWire_UsageOfTheCertificateCounts(t *testing.T) {
	ca := newAuthority(t)
	n1, n2 := twoWires(t, map[string]TLS{"n1": ca.issue(t, "n1"), "n2": ca.issue(t, "n2")})
	force(t, n2, ca.issue(t, "n2", clientOnly))
	refused(t, n1, "n2", ErrCertificate, "incompatible key usage")
	force(t, n2, ca.issue(t, "n2", serverOnly))
	refused(t, n2, "n1", ErrCertificate)
}

func TestWire_OneSideWithoutTLS(t *testing.T) {
	var b addressBook
	secure := wired(t, &b, wireOf(&b, "n1", certificates(t, "n1")["n1"]))
	open := wired(t, &b, wireOf(&b, "n2", TLS{}))
	for to, w := range map[string]*wire{"n1": open, "n2": secure} {
		if _, err := w.dial(soon(t), to, forRaft); err == nil || !strings.Contains(err.Error(), tlsHint) {
			t.Errorf("dial of %s: %v", to, err)
		}
	}
}

func TestWire_ReplacedCertificateIsUsed(t *testing.T) {
	ca := newAuthority(t)
	files := map[string]TLS{"n1": ca.issue(t, "n1"), "n2": ca.issue(t, "n2")}
	n1, n2 := twoWires(t, files)
	lookAlways(n1)
	lookAlways(n2)
	before, _ := connected(t, n1, n2, forRaft)
	if got := shown(t, before); got.Cmp(serial(t, files["n2"])) != 0 {
		t.Errorf("the certificate shown is %d", got)
	}
	newer := map[string]TLS{"n1": ca.issue(t, "n1"), "n2": ca.issue(t, "n2")}
	for id := range files {
		replace(t, files[id].Cert, newer[id].Cert)
		replace(t, files[id].Key, newer[id].Key)
	}
	dialled, accepted := connected(t, n1, n2, forRaft)
	if got := shown(t, dialled); got.Cmp(serial(t, newer["n2"])) != 0 {
		t.Errorf("the acceptor's certificate is %d", got)
	}
	if got := shown(t, accepted); got.Cmp(serial(t, newer["n1"])) != 0 {
		t.Errorf("the dialler's certificate is %d", got)
	}
}

func TestWire_FilesAreNotLookedAtEachTime(t *testing.T) {
	ca := newAuthority(t)
	files := map[string]TLS{"n1": ca.issue(t, "n1"), "n2": ca.issue(t, "n2")}
	n1, n2 := twoWires(t, files)
	n2.credentials.mu.Lock()
	n2.credentials.every = time.Hour
	n2.credentials.mu.Unlock()
	before := serial(t, files["n2"])
	newer := ca.issue(t, "n2")
	replace(t, files["n2"].Cert, newer.Cert)
	replace(t, files["n2"].Key, newer.Key)
	if c, _ := connected(t, n1, n2, forRaft); shown(t, c).Cmp(before) != 0 {
		t.Error("the files were read again too early")
	}
}

func TestWire_BrokenReplacementKeepsTheOld(t *testing.T) {
	ca := newAuthority(t)
	core, logs := observer.New(zap.InfoLevel)
	var b addressBook
	n1 := wired(t, &b, wireOf(&b, "n1", ca.issue(t, "n1")))
	files := ca.issue(t, "n2")
	cfg := wireOf(&b, "n2", files)
	cfg.Logger = zap.New(core)
	n2 := wired(t, &b, cfg)
	lookAlways(n2)
	before, newer, foreign := serial(t, files), ca.issue(t, "n2"), newAuthority(t).issue(t, "n2")

	shows := func(want *big.Int, news int) {
		t.Helper()
		for range 2 {
			if c, _ := connected(t, n1, n2, forRaft); shown(t, c).Cmp(want) != 0 {
				t.Error("the certificate is another")
			}
		}
		if got := logs.FilterLevelExact(zap.WarnLevel).Len(); got != news {
			t.Errorf("%d warnings, want %d: %v", got, news, logs.All())
		}
	}
	rewrite(t, files.Cert, []byte("half a certi"))
	shows(before, 1)
	replace(t, files.Cert, foreign.Cert)
	shows(before, 2)
	replace(t, files.Cert, newer.Cert) // the key is still the old one
	shows(before, 3)
	replace(t, files.Key, newer.Key)
	shows(serial(t, newer), 3)
	if err := os.Remove(files.Key); err != nil {
		t.Fatal(err)
	}
	shows(serial(t, newer), 4)
}

func TestWire_NewCAIsUsed(t *testing.T) {
	old, next := newAuthority(t), newAuthority(t)
	files := map[string]TLS{"n1": old.issue(t, "n1"), "n2": old.issue(t, "n2")}
	n1, n2 := twoWires(t, files)
	lookAlways(n1)
	lookAlways(n2)
	both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: old.cert.Raw}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: next.cert.Raw})...)
	rewrite(t, old.file, both)
	newer := next.issue(t, "n2") // n1's comes later
	replace(t, files["n2"].Cert, newer.Cert)
	replace(t, files["n2"].Key, newer.Key)
	dialled, accepted := connected(t, n1, n2, forRaft)
	talk(t, dialled, accepted)
	dialled, accepted = connected(t, n2, n1, forRaft)
	talk(t, dialled, accepted)
}

func TestWire_WhoseCertificate(t *testing.T) {
	cert := &x509.Certificate{DNSNames: []string{"n1", "*.example.org", "Host.example.org"}, IPAddresses: []net.IP{net.ParseIP("10.0.0.1"), net.ParseIP("::1")}}
	is := func(want bool, node, host string) {
		t.Helper()
		if got := isFor(cert, node, host); got != want {
			t.Errorf("isFor(%q, %q) = %v", node, host, got)
		}
	}
	is(true, "n1", "")
	is(true, "n1", "10.0.0.9")
	is(true, "n2", "host.example.org")
	is(true, "n2", "10.0.0.1")
	is(true, "n2", "::1")
	is(true, "n2", "0:0:0:0:0:0:0:1")
	is(false, "n2", "")
	is(false, "N1", "")
	is(false, "", "")
	is(false, "n2", "10.0.0.2")
	is(false, "n2", "other.example.org")
	is(false, "10.0.0.1", "")
	if got := names(&x509.Certificate{}); !strings.Contains(got, "no SAN") {
		t.Errorf("names() = %q", got)
	}
}
