package org.cotangent.graph;

/** What a graph is given: a parameter or a constant. */
public non-sealed interface Source extends Op {}
