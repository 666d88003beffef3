#include "slha.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next blank-separated word of *rest, or NULL. */
static char *next_word(char **rest)
{
    char *start = *rest + strspn(*rest, " \t\r\n");
    if (*start == '\0')
        return NULL;
    char *end = start + strcspn(start, " \t\r\n");
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return start;
}

static void copy_upper(char *target, const char *source)
{
    size_t i = 0;
    for (; source[i] != '\0' && i + 1 < SLHA_MAX_NAME; i++)
        target[i] = (char)toupper((unsigned char)source[i]);
    target[i] = '\0';
}

static bool append(slha_spectrum *spectrum, const slha_line *line)
{
    /* the capacity doubles whenever the number of lines is a power of two */
    size_t n = spectrum->n_lines;
    if ((n & (n - 1)) == 0) {
        size_t capacity = n == 0 ? 1 : 2 * n;
        slha_line *grown = realloc(spectrum->lines, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        spectrum->lines = grown;
    }
    spectrum->lines[spectrum->n_lines++] = *line;
    return true;
}

/* Numbers at the front of the line; a word that is no number ends them. */
static void read_numbers(char *rest, slha_line *line)
{
    char *word;
    line->n_fields = 0;
    while (line->n_fields < SLHA_MAX_FIELDS && (word = next_word(&rest)) != NULL) {
        char *end;
        double value = strtod(word, &end);
        if (end == word || *end != '\0')
            return;
        line->fields[line->n_fields++] = value;
    }
}

static bool read_lines(FILE *file, slha_spectrum *spectrum)
{
    char text[1024];
    slha_line line = {{0}, 0, 0, {0}};
    while (fgets(text, sizeof text, file) != NULL) {
        text[strcspn(text, "#")] = '\0';
        char head[SLHA_MAX_NAME], copy[sizeof text];
        strcpy(copy, text);
        char *rest = copy;
        char *word = next_word(&rest);
        if (word == NULL)
            continue;
        copy_upper(head, word);
        if (strcmp(head, "BLOCK") == 0) {
            word = next_word(&rest);
            copy_upper(line.block, word == NULL ? "" : word);
        } else if (strcmp(head, "DECAY") == 0) {
            strcpy(line.block, "DECAY");
            word = next_word(&rest);
            line.parent = word == NULL ? 0 : atoi(word);
        } else {
            read_numbers(text, &line);
            if (line.n_fields > 0 && !append(spectrum, &line))
                return false;
        }
    }
    return !ferror(file);
}

bool slha_read(const char *path, slha_spectrum *spectrum)
{
    *spectrum = (slha_spectrum){NULL, 0};
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "higgsfit: cannot open %s: %s\n", path, strerror(errno));
        return false;
    }
    bool complete = read_lines(file, spectrum);
    fclose(file);
    if (!complete) {
        fprintf(stderr, "higgsfit: cannot read %s\n", path);
        return false;
    }
    for (size_t i = 0; i < spectrum->n_lines; i++)
        if (strcmp(spectrum->lines[i].block, "MASS") == 0)
            return true;
    fprintf(stderr, "higgsfit: %s has no MASS block; it is not a spectrum\n", path);
    return false;
}

void slha_free(slha_spectrum *spectrum)
{
    free(spectrum->lines);
    *spectrum = (slha_spectrum){NULL, 0};
}

bool slha_value(const slha_spectrum *spectrum, const char *block, int index, double *value)
{
    for (size_t i = 0; i < spectrum->n_lines; i++) {
        const slha_line *line = &spectrum->lines[i];
        if (strcmp(line->block, block) == 0 && line->n_fields >= 2 && line->fields[0] == index) {
            *value = line->fields[1];
            return true;
        }
    }
    return false;
}

bool slha_coupling(const slha_spectrum *spectrum, const char *block, int n_values,
                   const int pdg[3], double *values)
{
    for (size_t i = 0; i < spectrum->n_lines; i++) {
        const slha_line *line = &spectrum->lines[i];
        const double *codes = line->fields + n_values + 1;
        if (strcmp(line->block, block) == 0 && line->n_fields >= n_values + 4
            && codes[0] == pdg[0] && codes[1] == pdg[1] && codes[2] == pdg[2]) {
            memcpy(values, line->fields, (size_t)n_values * sizeof *values);
            return true;
        }
    }
    return false;
}
