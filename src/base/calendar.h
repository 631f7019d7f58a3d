/* calendar.h -- names and lengths that reading and writing dates share. */
#ifndef CARAFE_BASE_CALENDAR_H
#define CARAFE_BASE_CALENDAR_H

extern const char *const cf__weekdays[7]; /* From Monday. */
extern const char *const cf__months[12];

/* Month from 1. */
int cf__days_in_month(int year, int month);

#endif
