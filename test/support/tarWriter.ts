/** Writes tars that no tool would write: any header, with a checksum that is right. */

/** One member. */
export interface TarMember {
  readonly name: string;
  readonly body?: Buffer | string;
  /** The typeflag; `0` where absent. */
  readonly type?: string;
  readonly linkName?: string;
  /** In place of the body's length; as it stands in the header where it is a text. */
  readonly size?: number | string;
  /** `ustar` where absent. */
  readonly magic?: string;
  readonly prefix?: string;
}

const BLOCK = 512;

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
}

/** The header of a member. */
export function tarHeader(member: TarMember): Buffer {
  const { name, body = '', type = '0', linkName = '', magic = 'ustar\0' + '00', prefix = '' } = member;
  const size = member.size ?? Buffer.byteLength(body);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100);
  block.write('0000644\0', 100);
  block.write(typeof size === 'string' ? size : size.toString(8).padStart(11, '0'), 124, 12, 'latin1');
  block.write(type, 156, 1, 'latin1');
  block.write(linkName, 157, 100);
  block.write(magic, 257, 8, 'latin1');
  block.write(prefix, 345, 155);
  return withChecksum(block);
}

/** The block with its checksum, for who changed it. */
export function withChecksum(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return block;
}

/** A member with its body. */
export function tarMember(member: TarMember): Buffer {
  return Buffer.concat([tarHeader(member), padded(Buffer.from(member.body ?? ''))]);
}

/** A pax header for the member behind it. */
export function paxHeader(records: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(rest);
    while (Buffer.byteLength(`${length}${rest}`) !== length) length++;
    return `${length}${rest}`;
  });
  return tarMember({ name: 'PaxHeader', type: 'x', body: lines.join('') });
}

/** The end of a tar. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** A whole tar. */
export function tarOf(...members: readonly (TarMember | Buffer)[]): Buffer {
  return Buffer.concat([...members.map((one) => (Buffer.isBuffer(one) ? one : tarMember(one))), TAR_END]);
}
