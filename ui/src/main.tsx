import { render } from 'preact';
import { App } from './app.tsx';
import { watchTab } from './live/tab-in-use.ts';
import './style.css';

watchTab(document);

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
