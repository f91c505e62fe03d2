// Writes Grype's database with two vulnerabilities of Debian 12 into the directory that is named:
// go run . DIRECTORY && tar -C DIRECTORY -c vulnerability.db | gzip -9n (needs github.com/anchore/grype v0.121.2).
package main

import (
	"os"
	"time"

	v6 "github.com/anchore/grype/grype/db/v6"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	store, err := v6.NewWriter(v6.Config{DBDirPath: os.Args[1]})
	check(err)
	check(store.SetDBMetadata())
	now := time.Now()
	debian := v6.Provider{ID: "debian", Version: "1", DateCaptured: &now}
	bookworm := &v6.OperatingSystem{Name: "debian", ReleaseID: "debian", MajorVersion: "12", Codename: "bookworm"}
	add := func(id, name, severity, constraint string, fix v6.Fix) {
		vulnerability := &v6.VulnerabilityHandle{
			Name: id, Status: v6.VulnerabilityActive, ProviderID: debian.ID, Provider: &debian,
			BlobValue: &v6.VulnerabilityBlob{ID: id, Severities: []v6.Severity{{Scheme: v6.SeveritySchemeCHMLN, Value: severity, Rank: 1}}},
		}
		check(store.AddVulnerabilities(vulnerability))
		check(store.AddAffectedPackages(&v6.AffectedPackageHandle{
			VulnerabilityID: vulnerability.ID, Vulnerability: vulnerability,
			OperatingSystem: bookworm, Package: &v6.Package{Ecosystem: "deb", Name: name},
			BlobValue: &v6.PackageBlob{CVEs: []string{id}, Ranges: []v6.Range{{Version: v6.Version{Type: "dpkg", Constraint: constraint}, Fix: &fix}}},
		}))
	}
	add("CVE-2022-3602", "openssl", "critical", "< 3.0.7-1", v6.Fix{Version: "3.0.7-1", State: v6.FixedStatus})
	add("CVE-2011-4116", "perl", "negligible", "", v6.Fix{State: v6.WontFixStatus})
	check(store.Close())
}
