import type { ImageCommand } from '../../command/choose-command.ts';
import type { PreparedNetwork } from '../../network/sandbox-networks.ts';
import type { WaitingSecrets } from '../../secrets/secret-files.ts';
import type { WaiterPipe } from '../../warm/waiter-pipe.ts';
import type { Supplied } from '../../warm/warm-supply.ts';
import type { OciContainer } from '../container/container.ts';

/** A container that was started and waits for its command: for one execution, then it is removed. */
export interface WarmContainer extends Supplied, WaiterPipe {
  readonly id: string;
  readonly container: OciContainer;
  readonly imageCommand: ImageCommand;
  /** Absent: it can reach nothing. */
  readonly network?: PreparedNetwork | undefined;
  /** Absent: it can have no secrets as files. */
  readonly secrets?: WaitingSecrets | undefined;
  /** Its files have moved with its workspace. @param control the workspace's directory for our own files */
  moveTo(control: string): void;
  /** Names its command in messages from now on. */
  callIt(command: string): void;
  /** Ends it; its files stay until the sandbox is removed. */
  end(): Promise<void>;
}
