// Addresses: which ones lie on the open internet. All others belong to this machine, to a private network, or to nobody.
import { BlockList, isIP } from "node:net";
import os from "node:os";

/** Special-purpose ranges of version 4 (RFC 6890 and its registry). */
const CLOSED_4 = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // shared by the customers of a provider
  ["127.0.0.0", 8], // this machine
  ["169.254.0.0", 16], // this link, and the metadata of clouds
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocols
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // relays of 6to4
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // measurements
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, and broadcast
] as const;

/** Only this range of version 6 is given out to the open internet. */
const OPEN_6 = ["2000::", 3] as const;
/** Parts of it that are not, or that hold an address of version 4. */
const CLOSED_6 = [
  ["2001::", 23], // protocols; Teredo and ORCHID among them
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4
  ["3fff::", 20], // documentation
] as const;

const closed = new BlockList();
for (const [net, bits] of CLOSED_4) closed.addSubnet(net, bits, "ipv4");
for (const [net, bits] of CLOSED_6) closed.addSubnet(net, bits, "ipv6");
const open6 = new BlockList();
open6.addSubnet(...OPEN_6, "ipv6");

/** The addresses of this machine; one of them can be a public one. */
function ownAddresses(): string[] {
  return Object.values(os.networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
}

/** True for an address of another machine on the open internet. */
export function isPublic(address: string, own: readonly string[] = ownAddresses()): boolean {
  const version = isIP(address);
  if (version === 0 || address.includes("%") || own.includes(address)) return false;
  if (version === 4) return !closed.check(address, "ipv4");
  return open6.check(address, "ipv6") && !closed.check(address, "ipv6");
}
