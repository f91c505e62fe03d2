/** The pulls of one engine that run at the same time: until one has ended, its layers cannot be distinguished from the others'. */
export interface ConcurrentPulls {
  /** To be called before the pull begins. */
  join(): PullShare;
}

/** What one pull may have of the layers that have appeared since it began. */
export interface PullShare {
  /** The engine may unpack a layer of this pull from now on. */
  noteUnpacking(): void;
  /** How many images the new layers may belong to; 0 while none of them can be of this one. */
  images(): number;
  /** Whether a layer is known to belong to another image. */
  isOthers(layer: string): boolean;
  /** @param layers names of the image's layers; undefined: they are not known, as after a failure */
  leave(layers: readonly string[] | undefined): void;
}

interface RunningPull {
  unpacks: boolean;
  /** Those that ran with it, and of which layers may be left. */
  readonly neighbours: Set<RunningPull>;
  /** The engine removes the layers of a failed pull after its end. */
  hasFailedNeighbour: boolean;
  readonly othersLayers: Set<string>;
}

export function createConcurrentPulls(): ConcurrentPulls {
  const running = new Set<RunningPull>();

  const leave = (pull: RunningPull, layers: readonly string[] | undefined): void => {
    running.delete(pull);
    for (const other of running) {
      other.neighbours.delete(pull);
      if (layers === undefined) other.hasFailedNeighbour ||= pull.unpacks;
      for (const layer of layers ?? []) other.othersLayers.add(layer);
    }
  };

  return {
    join() {
      const pull: RunningPull = {
        unpacks: false,
        neighbours: new Set(running),
        hasFailedNeighbour: false,
        othersLayers: new Set(),
      };
      for (const other of running) other.neighbours.add(pull);
      running.add(pull);
      return {
        noteUnpacking() {
          pull.unpacks = true;
        },
        images() {
          const { neighbours, hasFailedNeighbour } = pull;
          if (neighbours.size === 0 && !hasFailedNeighbour) return 1;
          if (!pull.unpacks) return 0;
          const unpacking = [...neighbours].filter(({ unpacks }) => unpacks).length;
          return 1 + unpacking + (hasFailedNeighbour ? 1 : 0);
        },
        isOthers: (layer) => pull.othersLayers.has(layer),
        leave: (layers) => leave(pull, layers),
      };
    },
  };
}
