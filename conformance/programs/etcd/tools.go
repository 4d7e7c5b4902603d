//go:build tools

// Package tools names the programs of etcd that the kit builds: the store of upstream's sample API server.
package tools

import (
	_ "go.etcd.io/etcd/etcdctl/v3"
	_ "go.etcd.io/etcd/server/v3"
)
