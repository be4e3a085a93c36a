/** Nothing between: the CPU is the limit, and what each of them does with it. */
import { curl, ours, skopeo } from '../support/contenders.ts';
import type { Scenario } from '../support/scenario.ts';

export const loopback: Scenario = {
  name: 'loopback',
  title: 'docker-registry on loopback',
  diskBytes: ({ size }) => 3 * size,
  async prepare(world, { size }) {
    const source = await world.model(size);
    return {
      contenders: { ours: ours(source), skopeo: skopeo(source), 'curl + sync': curl(source) },
      targets(rows) {
        const us = rows['ours'];
        const them = rows['skopeo'];
        const floor = rows['curl + sync'];
        if (us === undefined || them === undefined || floor === undefined) return [];
        return [
          {
            what: 'wall time, of skopeo’s',
            value: us.wall.median / them.wall.median,
            limit: 0.6,
            bound: 'at most',
            unit: '×',
          },
          {
            what: 'CPU time, of skopeo’s',
            value: us.cpu.median / them.cpu.median,
            limit: 0.65,
            bound: 'at most',
            unit: '×',
          },
          {
            what: 'wall time, of curl’s with sync',
            value: us.wall.median / floor.wall.median,
            limit: 1.6,
            bound: 'at most',
            unit: '×',
          },
        ];
      },
    };
  },
};
