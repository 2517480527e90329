import { listen } from './connection.js';

// What is shown changes only with another configuration, and the page says when there is one.
listen(() => undefined);
