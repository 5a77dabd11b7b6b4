// Read an iCalendar file with ical.js, the parser of Thunderbird, and print its events as JSON.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf-8")));
const events = calendar.getAllSubcomponents("vevent").map((each) => {
  const event = new ICAL.Event(each);
  return {
    uid: event.uid,
    summary: event.summary,
    sequence: event.sequence,
    start: event.startDate.toString(),
    end: event.endDate.toString(),
    is_date: event.startDate.isDate,
    zone: event.startDate.zone.tzid,
    status: each.getFirstPropertyValue("status"),
    ...(event.startDate.isDate ? {} : { location: event.location, starts_at: event.startDate.toJSDate().toISOString() }),
  };
});
const [version, method] = ["version", "method"].map((name) => calendar.getFirstPropertyValue(name));
console.log(JSON.stringify({ version, method, events }));
