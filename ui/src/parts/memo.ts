import { Component, type ComponentChild } from 'preact';

/** A component without hooks that is drawn again only when one of its properties is another one. */
export function memo<P extends object>(draw: (props: P) => ComponentChild) {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return Object.entries(next).some(([name, value]) => value !== Reflect.get(this.props, name));
    }

    override render(): ComponentChild {
      return draw(this.props);
    }
  };
}
