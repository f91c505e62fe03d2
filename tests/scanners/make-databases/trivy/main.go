// Writes Trivy's database with two vulnerabilities of Debian 12 into the directory that is named:
// go run . DIRECTORY && gzip -9n DIRECTORY/trivy.db (needs go.etcd.io/bbolt v1.4.3).
package main

import (
	"encoding/json"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

type object = map[string]any

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	db, err := bbolt.Open(filepath.Join(os.Args[1], "trivy.db"), 0o644, nil)
	check(err)
	put := func(path []string, key string, value object) {
		check(db.Update(func(tx *bbolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte(path[0]))
			for _, name := range path[1:] {
				check(err)
				bucket, err = bucket.CreateBucketIfNotExists([]byte(name))
			}
			check(err)
			text, err := json.Marshal(value)
			check(err)
			return bucket.Put([]byte(key), text)
		}))
	}
	put([]string{"data-source"}, "debian 12", object{"ID": "debian", "Name": "Debian Security Tracker"})
	put([]string{"debian 12", "openssl"}, "CVE-2022-3602", object{"FixedVersion": "3.0.7-1"})
	put([]string{"debian 12", "perl"}, "CVE-2011-4116", object{"Status": 3})
	put([]string{"vulnerability"}, "CVE-2022-3602", object{"Severity": "CRITICAL", "VendorSeverity": object{"nvd": 4}})
	put([]string{"vulnerability"}, "CVE-2011-4116", object{"Severity": "LOW", "VendorSeverity": object{"debian": 1}})
	check(db.Close())
}
