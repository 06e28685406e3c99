// SPDX-License-Identifier: Apache-2.0

// A hook sidecar on grpc-go that rewrites the domain for SEV-SNP with
// encoding/json and encoding/xml, as a hook written in Go would: it reads the
// type from the VMI's annotations, then sets loader, launchSecurity and iommu.
// Its argument is the path of its socket.
package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"log"
	"net"
	"os"

	"google.golang.org/grpc"

	hooks "launchsec/callbacks_v1alpha3"
)

const prefix = "launchsecurity.vm.kubevirt.io/"

// Node is any element.
type Node struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []*Node    `xml:",any"`
}

func (n *Node) child(name string) *Node {
	for _, node := range n.Nodes {
		if node.XMLName.Local == name {
			return node
		}
	}
	return nil
}

func (n *Node) add(name string) *Node {
	if node := n.child(name); node != nil {
		return node
	}
	node := &Node{XMLName: xml.Name{Local: name}}
	n.Nodes = append(n.Nodes, node)
	return node
}

func (n *Node) get(name string) string {
	for _, attr := range n.Attrs {
		if attr.Name.Local == name {
			return attr.Value
		}
	}
	return ""
}

func (n *Node) set(name, value string) {
	for i := range n.Attrs {
		if n.Attrs[i].Name.Local == name {
			n.Attrs[i].Value = value
			return
		}
	}
	n.Attrs = append(n.Attrs, xml.Attr{Name: xml.Name{Local: name}, Value: value})
}

func protect(domain *Node) {
	loader := domain.add("os").add("loader")
	loader.Attrs, loader.Text = nil, "/usr/share/edk2/ovmf/OVMF.amdsev.fd"
	loader.set("type", "rom")
	loader.set("stateless", "yes")
	security := domain.add("launchSecurity")
	security.set("type", "sev-snp")
	security.add("reducedPhysBits").Text = "1"
	security.add("policy").Text = "0x30000"
	for _, device := range domain.add("devices").Nodes {
		target, model := device.child("target"), device.child("model")
		if device.XMLName.Local == "disk" && target != nil && target.get("bus") == "virtio" ||
			device.XMLName.Local == "interface" && model != nil && model.get("type") == "virtio" {
			device.add("driver").set("iommu", "on")
		}
	}
}

type server struct {
	hooks.UnimplementedCallbacksServer
}

func (*server) OnDefineDomain(_ context.Context, params *hooks.OnDefineDomainParams) (*hooks.OnDefineDomainResult, error) {
	var vmi struct {
		Metadata struct {
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(params.GetVmi(), &vmi); err != nil {
		return nil, err
	}
	if vmi.Metadata.Annotations[prefix+"type"] != "sev-snp" {
		return &hooks.OnDefineDomainResult{DomainXML: params.GetDomainXML()}, nil
	}
	var domain Node
	if err := xml.Unmarshal(params.GetDomainXML(), &domain); err != nil {
		return nil, err
	}
	protect(&domain)
	out, err := xml.Marshal(&domain)
	if err != nil {
		return nil, err
	}
	return &hooks.OnDefineDomainResult{DomainXML: out}, nil
}

func main() {
	socket, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	s := grpc.NewServer()
	hooks.RegisterCallbacksServer(s, &server{})
	log.Fatal(s.Serve(socket))
}
