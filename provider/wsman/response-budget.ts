import { WinrmError } from "../errors";
import type { XmlElement } from "./xml";

/** How much the responses to several requests that belong together may have in all, whatever each of them has. */
export class ResponseBudget {
  #characters: number;
  #elements: number;

  /** @param characters of the messages, and @param elements in their bodies. */
  constructor(characters: number, elements: number) {
    this.#characters = characters;
    this.#elements = elements;
  }

  /** Before a message is read. @throws WinrmError `WINRM_E_PROTOCOL` when the budget is used up. */
  takeMessage(text: string): void {
    this.#characters -= text.length;
    if (this.#characters < 0) throw exhausted();
  }

  /** @throws WinrmError `WINRM_E_PROTOCOL` when the budget is used up. */
  takeBody(body: XmlElement): void {
    const open = [body];
    for (let element = open.pop(); element !== undefined; element = open.pop()) {
      this.#elements -= 1;
      if (this.#elements < 0) throw exhausted();
      open.push(...element.children);
    }
  }
}

function exhausted(): WinrmError {
  return new WinrmError("WINRM_E_PROTOCOL", "the host sends far more than there can be", {
    causes: ["the peer is not Windows' WinRM service, or a middlebox responded instead of it"],
    remedy: "take the host out of the run, and find out what responds at its address: pulumi-winrm doctor",
  });
}
