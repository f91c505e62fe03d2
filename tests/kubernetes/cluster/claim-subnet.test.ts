import { expect, test } from 'vitest';
import { runCommand } from '../../parts/processes/run-command.ts';
import { claimSubnet } from './claim-subnet.ts';

test('claimSubnet: clusters that start at the same time get different subnets', async () => {
  const made: string[] = [];
  const makeLink = async (link: string) => {
    await runCommand('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', `${link}p`);
    made.push(link);
  };
  try {
    const subnets = await Promise.all([1, 2, 3, 4].map(() => claimSubnet(makeLink)));
    expect(new Set(subnets.map(({ link }) => link)).size).toBe(4);
    expect(new Set(subnets.map(({ podCidr }) => podCidr)).size).toBe(4);
    expect(subnets.map(({ link }) => link).sort()).toEqual([...made].sort());
  } finally {
    for (const link of made) await runCommand('ip', 'link', 'delete', link);
  }
});

test('claimSubnet: what fails for another reason is not tried with the next', async () => {
  const makeLink = () => Promise.reject(new Error('Operation not permitted'));
  await expect(claimSubnet(makeLink)).rejects.toThrow('Operation not permitted');
});
