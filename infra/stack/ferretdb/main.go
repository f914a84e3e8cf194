// FerretDB with SQLite behind it, for tests: MongoDB's protocol on one port, with TLS where a certificate is given.
package main

import (
	"context"
	"flag"
	"log"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:27017", "address to listen on")
	data := flag.String("data", "", "folder of the databases")
	cert := flag.String("tls-cert", "", "file of the certificate; with it, the address takes TLS only")
	key := flag.String("tls-key", "", "file of the certificate's key")
	flag.Parse()

	listener := ferretdb.ListenerConfig{TCP: *listen}
	if *cert != "" {
		listener = ferretdb.ListenerConfig{TLS: *listen, TLSCertFile: *cert, TLSKeyFile: *key}
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  listener,
		Handler:   "sqlite",
		SQLiteURL: "file:" + *data + "/",
	})
	if err != nil {
		log.Fatal(err)
	}
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := server.Run(stopped); err != nil {
		log.Fatal(err)
	}
}
