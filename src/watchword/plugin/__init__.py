"""All that a plug-in author imports: the shapes, the words they speak, the loader."""
