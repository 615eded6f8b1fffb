package org.cotangent.graph;

/** What a graph is given: a parameter or a constant. */
public sealed interface Source extends Op permits Parameter, Constant {}
