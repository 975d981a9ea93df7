// The keys that every page has, after the page's own in the table.
import { bindPlaces } from "./keyboard.js";

bindPlaces();
